from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from ruamel.yaml import YAML

from bot import settings
from bot.errors import TryLater
from bot.setting_sources import WrongSettings, settings_file
from bot.settings import NotRegistered, describe, load, load_basics, warnings
from bot.web.metrics import Metrics
from tests.web.github import PEM

HOOK = "0123456789abcdef0123456789abcdef"
CURVE = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
LOCKED = rsa.generate_private_key(65537, 2048).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without settings."""
    for name in list(os.environ):
        if name.upper().startswith("KAFKA_ACCESS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def given(place: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that is complete."""
    monkeypatch.setenv("KAFKA_ACCESS_APP_ID", "12345")
    monkeypatch.setenv("KAFKA_ACCESS_PRIVATE_KEY", PEM)
    monkeypatch.setenv("KAFKA_ACCESS_WEBHOOK_SECRETS", HOOK)
    return monkeypatch


def test_what_is_needed_is_enough(given: pytest.MonkeyPatch, place: Path) -> None:
    found = load()
    assert found.app_id == "12345"
    assert found.private_key.get_secret_value() == PEM
    assert [one.get_secret_value() for one in found.webhook_secrets] == [HOOK]
    assert found.database_url.get_secret_value() == f"sqlite:///{place}/state/kafka-access/jobs.sqlite"
    assert warnings() == []


def test_nothing_is_not_registered_and_says_what_to_do(place: Path) -> None:
    with pytest.raises(NotRegistered) as caught:
        load()
    assert isinstance(caught.value, TryLater), "exit status 3"
    assert caught.value.text.count(" is missing") == 3
    assert "KAFKA_ACCESS_PRIVATE_KEY is missing (or KAFKA_ACCESS_PRIVATE_KEY_FILE)" in caught.value.text
    assert "`kafka-access register`" in caught.value.hint
    assert str(place / "kafka-access.env") in caught.value.hint
    assert load_basics().port == 8080


def test_half_of_it_is_wrong_rather_than_not_registered(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_ACCESS_APP_ID", "12345")
    with pytest.raises(WrongSettings) as caught:
        load()
    assert not isinstance(caught.value, NotRegistered)
    assert "APP_ID" not in caught.value.text


WRONG = {
    "APP_ID": ["abc", "12 34", "-1"],
    "PRIVATE_KEY": ["not a key", PEM[:300], CURVE.decode(), LOCKED.decode(), "-----BEGIN RSA PRIVATE KEY-----"],
    "WEBHOOK_SECRETS": ["tooshort", f"{HOOK},short", ","],
    "API_URL": ["api.github.com", "ftp://x", "https://user:hunter2hunter2@x", "https://x/?a=b"],
    "DATABASE_URL": ["mysql://bot:hunter2hunter2@db/x", "sqlite://jobs", "jobs.sqlite"],
    "PORT": ["0x1F90", "70000", "-1"],
    "RULES": ["/nowhere/at/all"],
    "WORKERS": ["0", "many"],
    "REDELIVER_EVERY": ["0", "0.4", "-5", "often"],
    "LOG_FORMAT": ["yaml"],
    "LOG_LEVEL": ["LOUD"],
    "SETUP_TOKEN": ["hunter2"],
    "CLIENT_ID": ["Iv23 abc"],
    "CLIENT_SECRET": ["hunter2"],
    "TRUSTED_PROXIES": ["10.0.0.0/33", "proxy.example.org"],
    "DRAIN": ["-1", "a minute"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_what_is_wrong_is_named_and_never_shown(given: pytest.MonkeyPatch, name: str, value: str) -> None:
    given.setenv(f"KAFKA_ACCESS_{name}", value)
    with pytest.raises(WrongSettings) as caught:
        load()
    lines = caught.value.text.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [f"KAFKA_ACCESS_{name}"]
    shown = f"{caught.value} {caught.value!r} {caught.value.hint} {caught.value.__cause__}"
    if name != "RULES" and len(value) > 8:
        assert value not in shown
    assert "hunter2" not in shown


def test_all_that_is_wrong_is_said_at_once(given: pytest.MonkeyPatch) -> None:
    for name, values in WRONG.items():
        given.setenv(f"KAFKA_ACCESS_{name}", values[0])
    with pytest.raises(WrongSettings) as caught:
        load()
    for name in WRONG:
        assert f"KAFKA_ACCESS_{name} " in caught.value.text


def test_a_key_on_one_line_is_understood(given: pytest.MonkeyPatch) -> None:
    given.setenv("KAFKA_ACCESS_PRIVATE_KEY", PEM.replace("\n", "\\n"))
    assert load().private_key.get_secret_value() == PEM


def test_every_secret_may_be_in_a_file(given: pytest.MonkeyPatch, place: Path) -> None:
    contents = {
        "PRIVATE_KEY": PEM,
        "WEBHOOK_SECRETS": f"{HOOK}, {HOOK[::-1]}\n",
        "DATABASE_URL": "postgresql://bot:p%40ssword-of-the-db@db/jobs\n",
        "SETUP_TOKEN": f"{HOOK}-token\n",
        "CLIENT_SECRET": f"{HOOK}-client\n",
    }
    for name, content in contents.items():
        (place / name).write_text(content)
        given.delenv(f"KAFKA_ACCESS_{name}", raising=False)
        given.setenv(f"KAFKA_ACCESS_{name}_FILE", str(place / name))
    found = load()
    assert found.private_key.get_secret_value() == PEM
    assert [one.get_secret_value() for one in found.webhook_secrets] == [HOOK, HOOK[::-1]]
    tokens = {f"{HOOK}-token", f"{HOOK}-client"}
    assert set(found.secrets) == {PEM, HOOK, HOOK[::-1], "p%40ssword-of-the-db", "p@ssword-of-the-db", *tokens}


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param(lambda path: None, "cannot be read: No such file", id="missing"),
        pytest.param(lambda path: path.mkdir(), "cannot be read: Is a directory", id="a folder"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe\x00"), "is not text", id="binary"),
        pytest.param(lambda path: path.write_bytes(b"x" * 100_000), "is too large", id="large"),
    ],
)
def test_secret_files_that_cannot_be_used_are_said(
    given: pytest.MonkeyPatch, place: Path, prepare: object, words: str
) -> None:
    prepare(place / "key")  # type: ignore[operator]
    given.delenv("KAFKA_ACCESS_PRIVATE_KEY")
    given.setenv("KAFKA_ACCESS_PRIVATE_KEY_FILE", str(place / "key"))
    with pytest.raises(WrongSettings, match=words):
        load()


def test_a_secret_and_a_file_for_it_are_one_too_many(given: pytest.MonkeyPatch, place: Path) -> None:
    given.setenv("KAFKA_ACCESS_PRIVATE_KEY_FILE", str(place / "key"))
    with pytest.raises(WrongSettings, match="are both set"):
        load()


def test_a_settings_file_is_read_and_variables_win(given: pytest.MonkeyPatch, place: Path) -> None:
    (place / "kafka-access.env").write_text("KAFKA_ACCESS_PORT=9000\nKAFKA_ACCESS_HOST='0.0.0.0'\nOTHER=1\n")
    given.setenv("KAFKA_ACCESS_HOST", "::1")
    assert (load().port, load().host) == (9000, "::1")


def test_a_named_settings_file_is_the_only_one(given: pytest.MonkeyPatch, place: Path) -> None:
    (place / "kafka-access.env").write_text("KAFKA_ACCESS_PORT=9000\n")
    (place / "other.env").write_text("KAFKA_ACCESS_HOST=127.0.0.2\n")
    given.setenv("KAFKA_ACCESS_SETTINGS", "other.env")
    assert settings_file() == place / "other.env"
    assert (load().port, load().host) == (8080, "127.0.0.2")


def test_a_settings_file_holds_a_whole_registration(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "key.pem").write_text(PEM)
    (place / "kafka-access.env").write_text(
        f"KAFKA_ACCESS_APP_ID=7\nKAFKA_ACCESS_PRIVATE_KEY_FILE={place}/key.pem\nKAFKA_ACCESS_WEBHOOK_SECRETS={HOOK}\n"
    )
    assert load().app_id == "7"


def test_a_settings_file_that_is_not_text_is_said(given: pytest.MonkeyPatch, place: Path) -> None:
    (place / "kafka-access.env").write_bytes(b"KAFKA_ACCESS_PORT=\xff\n")
    with pytest.raises(WrongSettings, match="is not text"):
        load()


def test_a_settings_file_that_is_a_folder_is_said(given: pytest.MonkeyPatch, place: Path) -> None:
    given.setenv("KAFKA_ACCESS_SETTINGS", str(place))
    with pytest.raises(WrongSettings, match="is a folder"):
        load()


@pytest.mark.parametrize(("name", "said"), [("PORT", "has to be a whole number"), ("GRACE", "has to be a number")])
def test_what_is_no_number_is_said(name: str, said: str, given: pytest.MonkeyPatch) -> None:
    given.setenv(f"KAFKA_ACCESS_{name}", "many")
    with pytest.raises(WrongSettings) as caught:
        load()
    assert f"  KAFKA_ACCESS_{name} {said}" in caught.value.text.splitlines()


def test_kubernetes_service_links_are_no_settings(given: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "tcp://10.0.0.1:80",
        "PORT_80_TCP": "tcp://10.0.0.1:80",
        "PORT_80_TCP_ADDR": "10.0.0.1",
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
    }.items():
        given.setenv(f"KAFKA_ACCESS_{name}", value)
    assert load().port == 8080
    assert warnings() == []


def test_names_that_are_nearly_right_are_said(given: pytest.MonkeyPatch) -> None:
    given.setenv("KAFKA_ACCESS_WEBHOOK_SECRET", HOOK)
    (said,) = warnings()
    assert "did you mean KAFKA_ACCESS_WEBHOOK_SECRETS?" in said
    assert HOOK not in said


def test_files_that_others_may_read_are_said(given: pytest.MonkeyPatch, place: Path) -> None:
    file, key = place / "kafka-access.env", place / "key.pem"
    key.write_text(PEM)
    file.write_text(f"KAFKA_ACCESS_PRIVATE_KEY_FILE={key}\n")
    given.delenv("KAFKA_ACCESS_PRIVATE_KEY")
    for mode, count in ((0o600, 0), (0o640, 0), (0o644, 2), (0o660, 2)):
        file.chmod(mode)
        key.chmod(mode)
        assert len(warnings()) == count, oct(mode)
    assert f"chmod 600 {file}" in warnings()[0]


def test_proxies_are_addresses_and_networks(given: pytest.MonkeyPatch) -> None:
    given.setenv("KAFKA_ACCESS_TRUSTED_PROXIES", "10.1.2.3/8, ::1")
    assert [str(one) for one in load().trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert "10.0.0.0/8,::1/128" in describe(load())


def test_nothing_secret_is_in_any_text_of_the_settings(given: pytest.MonkeyPatch) -> None:
    given.setenv("KAFKA_ACCESS_DATABASE_URL", "postgresql://bot:hunter2hunter2@db.example.org/jobs?password=hunter2")
    given.setenv("KAFKA_ACCESS_SETUP_TOKEN", f"{HOOK}-token")
    given.setenv("KAFKA_ACCESS_CLIENT_SECRET", f"{HOOK}-client")
    found = load()
    for text in (repr(found), str(found), describe(found), f"{found.webhook_secrets}"):
        for secret in (HOOK, "hunter2", PEM.splitlines()[1]):
            assert secret not in text
    assert "postgresql://***@db.example.org/jobs?***" in describe(found)
    assert len(describe(found).splitlines()) == len(settings.Settings.model_fields)


def test_settings_do_not_change(given: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_the_operators_page_lists_every_setting() -> None:
    page = (Path(__file__).parent.parent / "docs" / "operators.md").read_text()
    rows = re.findall(r"^\| `KAFKA_ACCESS_(\w+)` \|", page, re.MULTILINE)
    assert sorted(row.lower() for row in rows) == sorted(["settings", *settings.Settings.model_fields])


def test_the_operators_page_is_true_about_names_and_its_yaml_is_yaml() -> None:
    page = (Path(__file__).parent.parent / "docs" / "operators.md").read_text()
    known = {*settings.Settings.model_fields, *settings._FILE_NAMES, "settings"}
    assert {name.lower() for name in re.findall(r"KAFKA_ACCESS_([A-Z_]+[A-Z])", page)} <= known
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    documents = [document for block in blocks for document in YAML(typ="safe", pure=True).load_all(block)]
    pod = documents[0]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] > 5 + 5 + 60, "preStop, grace and drain"
    assert {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"} <= container.keys()
    metrics = set(re.findall(r"kafka_access_\w+", blocks[2]))
    registry = Metrics()
    registry.command("failed", 1)
    registry.delivery("push", "new", 1)
    registry.rate({"core": 1})
    assert metrics <= {sample.name for metric in registry.registry.collect() for sample in metric.samples}

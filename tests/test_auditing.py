"""`kafka-access audit` on real trees: what it finds once Helm has rendered them, in which forms, and how it ends."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from bot.audit.finding import Finding, Subject
from bot.audit.look import Report
from bot.auditing import audit
from bot.errors import UserError
from bot.landscape.model import Origin
from bot.policy.audited import AUDITED, Gravity
from bot.policy.rules import default_directory, load
from bot.reporting import audit_markdown, audit_sarif
from tests.support.repository import git
from tests.support.shown import problems
from tests.support.tree import TREE, copy_tree, put, replace, text

READER = "applications/reader/templates"
USER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
METRICS = "applications/sasquatch/values-alpha.yaml"


def look(*arguments: str, repo: Path = TREE) -> Result:
    return CliRunner().invoke(audit, ["--repo", str(repo), *arguments])


def looked(*arguments: str, repo: Path = TREE) -> Any:
    return json.loads(look("--format", "json", *arguments, repo=repo).stdout)


def test_the_small_tree_has_no_errors() -> None:
    done = look()
    assert done.exit_code == 0
    assert done.stdout.endswith("\n0 errors, 2 warnings, 5 notes; 24 applications in 5 environments looked at\n")
    assert "\x1b" not in done.stdout


def wrong_user(root: Path) -> None:
    replace(root, f"{READER}/kafkaaccess.yaml", "    name: reader\n", "    name: raeder\n")


def wrong_key(root: Path) -> None:
    replace(root, f"{READER}/_helpers.tpl", 'key: "bootstrapServers"', 'key: "bootstrap"')


def wrong_secret(root: Path) -> None:
    replace(root, f"{READER}/_helpers.tpl", 'name: "reader-kafka"', 'name: "reader-access"')


def off_the_list(root: Path) -> None:
    replace(root, METRICS, '    - "metrics-only"\n', "")


def no_operator(root: Path) -> None:
    replace(root, "environments/values-alpha.yaml", "  strimzi-access-operator: true\n", "")


def subchart_off(root: Path) -> None:
    replace(root, METRICS, "squareEvents:\n  enabled: true", "squareEvents:\n  enabled: false")


def wrong_operation(root: Path) -> None:
    replace(
        root,
        USER,
        '          - "Read"\n        host: "*"\n      - resource',
        '          - "Create"\n        host: "*"\n      - resource',
    )


def wrong_field(root: Path) -> None:
    replace(root, f"{READER}/kafkaaccess.yaml", "    listener: tls\n", "    listener: tls\n    lisener: tls\n")


def broken(root: Path) -> None:
    put(root, f"{READER}/broken.yaml", "{{ fail `not like this` }}\n")


ENDS = {
    "a wrong user": (wrong_user, "user-missing", f"{READER}/kafkaaccess.yaml", 1),
    "a wrong key": (wrong_key, "secret-key", f"{READER}/deployment.yaml", 1),
    "a wrong Secret": (wrong_secret, "secret-missing", f"{READER}/deployment.yaml", 1),
    "off the list": (off_the_list, "metrics-not-listed", "applications/metrics-only/templates/kafkaaccess.yaml", 2),
    "no access operator": (no_operator, "access-operator-not-enabled", f"{READER}/kafkaaccess.yaml", 1),
    "a subchart that is off": (subchart_off, "user-missing", f"{READER}/kafkaaccess.yaml", 1),
    "Create on a group": (wrong_operation, "operation-invalid", USER, 16),
    "a field that the CRD has not": (wrong_field, "object-invalid", f"{READER}/kafkaaccess.yaml", 1),
    "a template that fails": (broken, "not-rendered", "applications/reader/Chart.yaml", 0),
}


@pytest.mark.parametrize("name", ENDS)
def test_spoilt(name: str, tree: Path) -> None:
    spoil, rule, file, line = ENDS[name]
    spoil(tree)
    done = look("--env", "alpha", "--format", "json", repo=tree)
    assert done.exit_code == 2, done.stdout
    errors = [one for one in json.loads(done.stdout)["findings"] if one["severity"] == "error"]
    assert (rule, file, line) in {(one["rule"], one["file"], one["line"]) for one in errors}, errors
    assert all(one["environments"] == ["alpha"] for one in errors)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with one error, a warning and notes."""
    root = copy_tree(tmp_path_factory.mktemp("audit"))
    wrong_key(root)
    return root


def test_the_subchart_is_named(tree: Path) -> None:
    subchart_off(tree)
    (one,) = [one for one in looked("--env", "alpha", repo=tree)["findings"] if one["rule"] == "user-missing"]
    assert "subchart `square-events` does not render it here" in one["text"]
    assert USER in one["hint"]


FAILING = {"error": 0, "warning": 2, "never": 0}


@pytest.mark.parametrize(("when", "status"), FAILING.items())
def test_what_is_a_failure(when: str, status: int) -> None:
    assert look("--fail-on", when).exit_code == status


def test_never_a_failure(spoilt: Path) -> None:
    assert look("--fail-on", "never", repo=spoilt).exit_code == 0


def test_one_application(spoilt: Path) -> None:
    found = looked("reader", "--env", "beta", repo=spoilt)["findings"]
    assert [(one["rule"], one["application"]) for one in found] == [("secret-key", "reader")]
    assert looked("metrics-only", repo=spoilt)["findings"] == []


def test_blanks_around_commas_say_nothing() -> None:
    assert looked("--env", "beta , alpha")["environments"] == ["alpha", "beta"]


@pytest.mark.parametrize(("arguments", "says"), [(("raeder",), "reader"), (("--env", "alpa"), "alpha")])
def test_unknown_names(arguments: tuple[str, ...], says: str) -> None:
    done = look(*arguments)
    assert isinstance(done.exception, UserError)
    assert says in done.exception.hint


def test_the_same_again(spoilt: Path) -> None:
    known, anew = (look("--format", "json", *more, repo=spoilt).stdout for more in ((), ("--no-cache",)))
    assert known == anew


def test_text(spoilt: Path) -> None:
    shown = look("--env", "beta", repo=spoilt).stdout
    assert (
        f"""\
error secret-key: {AUDITED["secret-key"].meaning}
  Deployment `reader` takes `bootstrap` from Secret `reader-kafka`, which a KafkaAccess makes without.
    {READER}/deployment.yaml:1
    in beta
"""
        in shown
    )
    assert shown.splitlines()[-1].startswith("1 error, 1 warning, 5 notes; ")


def test_markdown_has_room(spoilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = look("--format", "markdown", repo=spoilt).stdout
    assert whole.index("**Errors**") < whole.index("**Warnings**") < whole.index("**Notes**")
    monkeypatch.setattr(audit_markdown, "LIMIT", 600)
    short = look("--format", "markdown", repo=spoilt).stdout
    assert "**Errors**" in short
    assert re.search(r"\n\d+ more are not shown", short)
    assert len(short) < 600 + 200


def test_sarif(spoilt: Path) -> None:
    done = look("--format", "sarif", repo=spoilt)
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert all(one["help"]["text"] and one["shortDescription"]["text"] for one in run["tool"]["driver"]["rules"])
    assert {one["level"] for one in run["results"]} == {"error", "warning", "note"}
    fingerprints = set()
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]
        assert (spoilt / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] >= 1
        fingerprints.add(one["partialFingerprints"]["finding/v1"])
    assert len(fingerprints) == len(run["results"])


def test_what_charts_wrote_is_no_link() -> None:
    subject = Subject("KafkaTopic", "x", "y")
    origin = Origin("reader", "applications/reader/templates/[x](y).yaml", 1)
    text = "Topic [x](https://z.example) is [y](1)."
    report = Report((Finding("topic-twice", Gravity.ERROR, text, text, origin, subject, ("alpha",)),), ("alpha",), 1)
    (result,) = json.loads(audit_sarif.text(report))["runs"][0]["results"]
    assert "](" not in result["message"]["text"]
    assert result["message"]["text"].replace("\u2060", "").count(text) == 2
    assert problems(audit_markdown.text(report)) == []


@pytest.mark.skipif("SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA names no JSON schema of SARIF 2.1.0")
def test_sarif_by_its_schema(spoilt: Path) -> None:
    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(
        json.loads(look("--format", "sarif", repo=spoilt).stdout)
    )


def test_fingerprints_stay_where_lines_move(tree: Path) -> None:
    def prints() -> set[str]:
        run = json.loads(look("--env", "alpha", "--format", "sarif", repo=tree).stdout)["runs"][0]
        return {one["partialFingerprints"]["finding/v1"] for one in run["results"]}

    before = prints()
    put(tree, USER, "# Who reads.\n" + text(tree, USER))
    assert prints() == before


def test_since(tree: Path) -> None:
    git(tree, "init", "--quiet", "--template=")
    git(tree, "add", "--all", "--force")
    git(tree, "commit", "--quiet", "-m", "Import")
    commit = git(tree, "rev-parse", "HEAD")
    dated = {one["file"]: one["since"] for one in looked(repo=tree)["findings"]}
    assert {one["commit"] for one in dated.values()} == {commit}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one["date"]) for one in dated.values())
    assert f"since {dated[METRICS]['date']} ({commit[:9]})" in look(repo=tree).stdout
    replace(tree, METRICS, '    - "reader"\n', "    - reader\n")
    assert {one["file"]: one["since"] for one in looked(repo=tree)["findings"]}[METRICS] is None
    assert all(one["since"] is None for one in looked("--no-since", repo=tree)["findings"])


def test_severities_are_the_rules(spoilt: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    for path in default_directory().rglob("*.yaml"):
        put(rules, path.relative_to(default_directory()).as_posix(), path.read_text(encoding="utf-8"))
    replace(rules, "audit.yaml", "secret-key: error", "secret-key: off")
    replace(rules, "audit.yaml", "api-version-old: note", "api-version-old: error")
    counts = looked("--rules", str(rules), repo=spoilt)["counts"]
    assert counts == {"error": 5, "warning": 2, "note": 0}


WRONG_RULES: dict[str, tuple[Callable[[str], str], str]] = {
    "no such rule": (lambda one: one.replace("secret-key:", "sercet-key:"), "no rule is named sercet-key"),
    "a rule that is missing": (lambda one: one.replace("  secret-key: error\n", ""), "the rule secret-key is missing"),
    "no such severity": (lambda one: one.replace("secret-key: error", "secret-key: fatal"), "secret-key"),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_wrong_rules(name: str, tmp_path: Path) -> None:
    change, says = WRONG_RULES[name]
    for path in default_directory().rglob("*.yaml"):
        place = path.relative_to(default_directory()).as_posix()
        before = path.read_text(encoding="utf-8")
        put(tmp_path, place, change(before) if place == "audit.yaml" else before)
    with pytest.raises(Exception, match=f"audit.yaml:.*{says}"):
        load(tmp_path)


def test_the_documentation_has_every_rule() -> None:
    page = (Path(__file__).parent.parent / "docs" / "audit.md").read_text(encoding="utf-8")
    rules = load(default_directory())
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", page, re.MULTILINE))
    assert rows == {name: rules.gravity(name).value for name in AUDITED}
    for audited in AUDITED.values():
        assert audited.meaning in page
        assert audited.remedy in page

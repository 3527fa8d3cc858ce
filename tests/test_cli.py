"""The whole program in a process of its own: exit status, standard output and error, and what is on disk."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.policy.rules import default_directory
from tests.support.tree import copy_tree, digests, put, replace, text

ROOT = Path(__file__).parent.parent
INGEST = "topic=lsst.square-events.myapp.ingest:read,write"
MYAPP = f"/kafka-access myapp {INGEST}"
WITHOUT_HELM = "import sys; sys.executable = '/nonexistent/python'; from bot.__main__ import main; main()"
"""The program where no Helm is installed beside the interpreter."""


def run(
    *arguments: str | Path, stdin: str = "", program: tuple[str, ...] = ("-m", "bot"), **options: Any
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))}
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        cwd=ROOT,
        env=environment | options.pop("env", {}),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def fast(verb: str, tree: Path, comment: str, *more: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return run(verb, "--no-proof", "--repo", tree, *more, comment, **options)


def link_out(tree: Path, path: str) -> None:
    """Put what is at `path` beside the tree, and a link to it in its place."""
    outside = tree.parent / "outside"
    (tree / path).rename(outside)
    (tree / path).symlink_to(outside)


def as_it_is(tree: Path) -> None:
    """Change nothing."""


def linked(path: str) -> Callable[[Path], None]:
    return lambda tree: link_out(tree, path)


def garbled(path: str) -> Callable[[Path], None]:
    return lambda tree: put(tree, path, "a: [1, 2\nb: }\n")


def unbalanced(tree: Path) -> None:
    replace(tree, "applications/myapp/templates/deployment.yaml", "apiVersion:", "{{- if .Values.x }}\napiVersion:")


SQUARE = "/kafka-access {} topic=lsst.square-events.x:read"


def escaping(tree: Path) -> None:
    """A dependency whose name is a path: staged by it, the chart would be written anywhere."""
    put(
        tree,
        "applications/myapp/Chart.yaml",
        text(tree, "applications/myapp/Chart.yaml")
        + "dependencies:\n  - name: ../../../x\n    version: 1.0.0\n    repository: file://../../charts/common-worker\n",
    )


def linked_within(tree: Path) -> None:
    """The template is a link to another application's."""
    (tree / "applications/myapp/templates/deployment.yaml").rename(tree / "applications/wide/templates/other.yaml")
    (tree / "applications/myapp/templates/deployment.yaml").symlink_to("../../wide/templates/other.yaml")


def looped_links(tree: Path) -> None:
    (tree / "applications/myapp/templates/a.yaml").symlink_to("b.yaml")
    (tree / "applications/myapp/templates/b.yaml").symlink_to("a.yaml")


def odd_user(tree: Path) -> None:
    put(
        tree,
        "applications/sasquatch/charts/square-events/templates/myapp-user.yaml",
        "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata:\n  name: myapp\nspec:\n  authorization: x\n",
    )


REFUSED: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "unknown application": (as_it_is, f"/kafka-access mypp {INGEST}", "did you mean myapp?"),
    "unknown environment": (as_it_is, f"{MYAPP} env=alpa", "did you mean alpha?"),
    "no workload": (as_it_is, f"/kafka-access external {INGEST}", "external has no Deployment"),
    "illegal character": (as_it_is, "/kafka-access myapp topic=lsst.my/app:read", "/"),
    "topic of 250 characters": (as_it_is, f"/kafka-access myapp topic={'t' * 250}:read", "249"),
    "two stars": (as_it_is, "/kafka-access myapp topic=**:read", "*"),
    "star alone": (as_it_is, "/kafka-access myapp topic=*:read", "a rule on every topic is not given out"),
    "operation on a group": (as_it_is, f"{MYAPP} group=x:Create", "group"),
    "manage elsewhere": (
        as_it_is, "/kafka-access myapp topic=lsst.square-events.reader.in:manage", "outside myapp's own namespace",
    ),
    "every group": (as_it_is, f"{MYAPP} group=*", "group=myapp*"),
    "topic of Kafka itself": (as_it_is, "/kafka-access myapp topic=__consumer_offsets:read", "belongs to Kafka itself"),
    "no access operator": (as_it_is, f"/kafka-access everywhere {INGEST} env=delta", "type enable-operator"),
    "long user name": (as_it_is, f"{MYAPP} user={'u' * 65}", "64"),
    "application that climbs": (as_it_is, f"/kafka-access ../../etc {INGEST}", "../../etc"),
    "application that climbs, by option": (as_it_is, f"/kafka-access app=../sasquatch {INGEST}", "sasquatch"),
    "absolute application": (as_it_is, f"/kafka-access /etc/passwd {INGEST}", "/etc/passwd"),
    "linked templates": (linked("applications/myapp/templates"), MYAPP, "leads out of the repository"),
    "linked template": (linked("applications/myapp/templates/deployment.yaml"), MYAPP, "leads out of the repository"),
    "linked values": (
        linked("applications/sasquatch/values-alpha.yaml"),
        f"/kafka-access wide {INGEST}",
        "leads out of the repository",
    ),
    "linked application": (linked("applications/myapp"), MYAPP, "leads out of the repository"),
    "values that are no YAML": (
        garbled("applications/sasquatch/values-alpha.yaml"), MYAPP, "applications/sasquatch/values-alpha.yaml",
    ),
    "environment that is no YAML": (garbled("environments/values-beta.yaml"), MYAPP, "environments/values-beta.yaml"),
    "chart that is no YAML": (garbled("applications/myapp/Chart.yaml"), MYAPP, "applications/myapp/Chart.yaml"),
    "template without an end": (unbalanced, MYAPP, "is never closed by `{{ end }}`"),
    "dependency that is a path": (escaping, MYAPP, "has a dependency whose name or alias is no name"),
    "linked template of another": (linked_within, MYAPP, "nothing is written through one"),
    "links in a circle": (looped_links, MYAPP, "leads out of the repository"),
    "no command": (as_it_is, "please give myapp access", "there is no command in this comment"),
    "no topic": (as_it_is, "/kafka-access myapp", "name at least one topic"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "comment", "says"), REFUSED.values(), ids=[*REFUSED])
def test_refused(spoil: Callable[[Path], None], comment: str, says: str, tree: Path) -> None:
    spoil(tree)
    before = digests(tree)
    done = fast("apply", tree, comment)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(tree) == before


def no_rules(folder: Path) -> Path:
    return folder / "none"


def wrong_rules(folder: Path) -> Path:
    for path in default_directory().glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    replace(folder, "access.yaml", "volume_mode:", "volume_mood:")
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [(no_rules, "none"), (wrong_rules, "access.yaml")],
    ids=["no such folder", "unknown key"],
)
def test_rules_that_cannot_be_read(make: Callable[[Path], Path], says: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    folder = make(tmp_path / "rules")
    before = digests(tree)
    done = fast("apply", tree, MYAPP, "--rules", folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(tree) == before
    assert run("rules", "--check", "--rules", folder).returncode == 3


@pytest.mark.parametrize(
    ("folder", "says"),
    [(".", "is not a Phalanx checkout"), ("nowhere", "is not a folder")],
    ids=["not a Phalanx tree", "no such folder"],
)
def test_not_a_checkout(folder: str, says: str, tmp_path: Path) -> None:
    done = fast("plan", tmp_path / folder, MYAPP)
    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr


def test_without_helm(tree: Path, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    before = digests(tree)
    options: dict[str, Any] = {"program": ("-c", WITHOUT_HELM), "env": {"PATH": str(empty)}}
    done = run("apply", "--repo", tree, MYAPP, **options)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Helm is not installed here" in done.stderr
    assert "put helm" in done.stderr
    assert digests(tree) == before
    assert fast("apply", tree, MYAPP, **options).returncode == 0


def test_a_failure_between_two_files_leaves_the_tree(tree: Path) -> None:
    # Files are written in the order of their paths: Chart.yaml is below this size, README.md is not.
    size = 1000
    assert (tree / "applications/sasquatch/Chart.yaml").stat().st_size < size - 200
    assert (tree / "applications/sasquatch/README.md").stat().st_size > size
    before = digests(tree)
    limit = (resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    done = fast("apply", tree, f"/kafka-access wide {INGEST}", preexec_fn=lambda: resource.setrlimit(*limit))
    assert done.returncode == 3, done.stderr
    assert "applications/sasquatch/README.md failed" in done.stderr
    assert "nothing was changed" in done.stderr
    assert digests(tree) == before


KEYS = ["status", "command", "targets", "files", "resources", "verdicts", "notes", "proof", "problems"]


def document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_json(tree: Path) -> None:
    before = digests(tree)
    done = run("plan", "--format", "json", "--repo", tree, MYAPP)
    assert (done.returncode, done.stderr) == (0, "")
    found = document(done)
    assert list(found) == KEYS
    assert found["status"] == "planned"
    assert found["command"]["app"] == "myapp"
    assert found["targets"] == ["alpha", "beta"]
    files = {one["path"]: (one["action"], one["removed"]) for one in found["files"]}
    assert files == {
        "applications/myapp/templates/deployment.yaml": ("edit", 0),
        "applications/myapp/templates/kafka-access.yaml": ("create", 0),
        "applications/sasquatch/charts/square-events/templates/myapp-user.yaml": ("create", 0),
    }
    assert found["resources"] == [
        {
            "kind": "KafkaUser",
            "name": "myapp",
            "namespace": "sasquatch",
            "file": "applications/sasquatch/charts/square-events/templates/myapp-user.yaml",
            "change": "create",
        },
        {
            "kind": "KafkaAccess",
            "name": "myapp-kafka",
            "namespace": "myapp",
            "file": "applications/myapp/templates/kafka-access.yaml",
            "change": "create",
        },
    ]
    assert [(one["rule"], one["severity"]) for one in found["verdicts"]] == [("topic-undeclared", "warn")]
    assert found["proof"]["status"] == "proved"
    assert {found["proof"]["environments"][name] for name in found["targets"]} == {"proved"}
    assert found["proof"]["problems"] == found["problems"] == []
    assert digests(tree) == before


def test_json_of_a_refusal(tree: Path) -> None:
    done = fast("plan", tree, "/kafka-access myapp topic=__consumer_offsets:read", "--format", "json")
    assert (done.returncode, done.stderr) == (2, "")
    found = document(done)
    assert list(found) == KEYS
    assert found["status"] == "refused"
    assert found["files"] == found["targets"] == []
    assert ("topic-internal", "refuse") in [(one["rule"], one["severity"]) for one in found["verdicts"]]
    assert "belongs to Kafka itself" in found["problems"][0]["text"]
    assert found["problems"][0]["hint"]


def test_json_of_a_line_that_is_malformed(tree: Path) -> None:
    done = fast("plan", tree, "/kafka-access myapp tpoic=x", "--format", "json")
    assert (done.returncode, done.stderr) == (2, "")
    assert list(document(done)) == KEYS
    assert document(done)["command"] == {}


def test_json_of_several_commands(tree: Path) -> None:
    comment = f"{MYAPP}\n\n/kafka-access external {INGEST}\n\n{MYAPP}"
    before = digests(tree)
    done = fast("plan", tree, comment, "--format", "json")
    assert done.returncode == 2
    assert [one["status"] for one in document(done)] == ["planned", "refused", "unchanged"]
    assert digests(tree) == before


def test_apply_writes_what_plan_says_and_nothing_again(tree: Path) -> None:
    before = digests(tree)
    promised = {one["path"] for one in document(fast("plan", tree, MYAPP, "--format", "json"))["files"]}
    done = run("apply", "--repo", tree, MYAPP)
    assert done.returncode == 0, done.stderr
    assert "myapp: written for alpha, beta" in done.stdout
    after = digests(tree)
    assert {path for path in after if after[path] != before.get(path)} == promised
    again = run("apply", "--repo", tree, MYAPP)
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    assert digests(tree) == after


def test_the_verb_plan_keeps_apply_from_writing(tree: Path) -> None:
    before = digests(tree)
    done = fast("apply", tree, f"/kafka-access plan myapp {INGEST}")
    assert done.returncode == 0
    assert "myapp: planned for alpha, beta" in done.stdout
    assert digests(tree) == before


DIFFS = {
    "myapp": MYAPP,
    "lines that end in two characters": SQUARE.format("windows"),
    "lines that move": SQUARE.format("conditional"),
    "an empty list that goes": SQUARE.format("batch"),
    "an empty file that comes": f"{SQUARE.format('everywhere')} env=delta enable-operator",
    "two commands on the same files": f"{SQUARE.format('wide')}\n\n{SQUARE.format('looped')}",
}


@pytest.mark.parametrize("comment", DIFFS.values(), ids=[*DIFFS])
def test_git_applies_the_diff(comment: str, tree: Path, tmp_path: Path) -> None:
    other = copy_tree(tmp_path / "other")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "plan", "--no-proof", "--format=diff", "--repo", str(tree), comment],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    patch = subprocess.run(["git", "apply", "-"], cwd=other, input=done.stdout, capture_output=True, check=False)
    assert patch.returncode == 0, patch.stderr
    assert fast("apply", tree, comment).returncode == 0
    assert digests(other) == digests(tree)


def test_standard_input(tree: Path) -> None:
    done = fast("plan", tree, "-", "--format", "json", stdin=f"Dear bot,\r\n\r\n{MYAPP}\r\n")
    assert done.returncode == 0, done.stderr
    assert document(done)["status"] == "planned"


def test_a_command_without_quotes(tree: Path) -> None:
    done = run("plan", "--format", "json", "--no-proof", "--repo", tree, *MYAPP.split())
    assert document(done)["command"]["text"] == MYAPP


@pytest.mark.parametrize("form", ["text", "json", "diff"])
def test_no_colours_in_a_pipe(form: str, tree: Path) -> None:
    done = run("plan", "--format", form, "--repo", tree, MYAPP)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout


def test_help_is_answered(tree: Path) -> None:
    done = fast("plan", tree, "/kafka-access help topic")
    assert (done.returncode, done.stderr) == (0, "")
    assert "topic=NAME" in done.stdout


MISUSED = {
    "no comment": ("plan",),
    "no such command": ("plna",),
    "no such format": ("plan", "--format", "xml", MYAPP),
    "no renders": ("plan", "--env-jobs", "0", MYAPP),
}


@pytest.mark.parametrize("arguments", MISUSED.values(), ids=[*MISUSED])
def test_misuse(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr


def test_rules_are_valid() -> None:
    done = run("rules", "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "valid" in done.stdout


def test_rules_for_scripts() -> None:
    done = run("rules", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = document(done)
    assert found["clusters"]["clusters"][0]["name"] == "sasquatch"
    assert found["verdicts"]["verdicts"]["group-wildcard"] == "refuse"


def test_rules_for_people() -> None:
    done = run("rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert "KAFKA_BOOTSTRAP_SERVERS" in done.stdout


def test_rules_of_ones_own(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in default_directory().glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    replace(folder, "access.yaml", '  access: "{application}-kafka"\n', '  access: "{application}-events"\n')
    assert fast("apply", tree, MYAPP, "--rules", folder).returncode == 0
    assert 'name: "myapp-events"' in text(tree, "applications/myapp/templates/kafka-access.yaml")


def test_help_and_planning_import_nothing_of_the_bot_around_them() -> None:
    program = "import sys; from bot.cli import cli; cli.main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = run(program=("-c", program))
    assert (done.returncode, done.stderr) == (0, "")
    imported = set(done.stdout.split())
    assert {"serve", "demo", "register", "jobs"} <= imported, "they are in the help"
    assert not imported & {"bot.web", "bot.jobs", "bot.demo", "bot.sandbox", "aiohttp", "dbos", "rich", "structlog"}


@pytest.mark.parametrize("name", ["serve", "demo", "register", "jobs"])
def test_the_help_of_what_is_imported_late(name: str) -> None:
    done = run(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: kafka-access {name}" in done.stdout


def test_the_jobs_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "kafka-access.env"
    settings.write_text(f"KAFKA_ACCESS_DATABASE_URL=sqlite:///{tmp_path}/none.sqlite\n", encoding="utf-8")
    done = run("jobs", "list", env={"KAFKA_ACCESS_SETTINGS": str(settings)})
    assert done.returncode == 3
    assert "no bot has run on it" in done.stderr
    settings.write_text("KAFKA_ACCESS_DATABASE_URL=mysql://bot:hidden-password@x/y\n", encoding="utf-8")
    done = run("jobs", "list", env={"KAFKA_ACCESS_SETTINGS": str(settings)})
    assert done.returncode == 3
    assert "KAFKA_ACCESS_DATABASE_URL has to begin with" in done.stderr
    assert "hidden-password" not in done.stderr

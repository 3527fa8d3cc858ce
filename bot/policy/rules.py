"""The rules as data: what the owners of the Kafka cluster may change without touching Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from bot import yaml
from bot.errors import TryLater
from bot.kafka.acl import Operation
from bot.policy.audited import AUDITED, Gravity
from bot.policy.metrics import Metrics
from bot.policy.profiles import Profile, Profiles
from bot.policy.strict import ApplicationText, Strict, template
from bot.policy.verdict import Severity


class RulesError(TryLater):
    """The rules cannot be used; the text names each problem with its file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "the rules are not valid:\n" + "\n".join(problems), "mend them, then kafka-access rules --check"
        )


class NoRules(TryLater):
    """The folder is not there."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"there are no rules: {directory} is not a folder", "name the folder that holds clusters.yaml")


TopicText = Annotated[str, template("application", "namespace")]
IssueText = Annotated[str, template("application", "issue")]


class Cluster(Strict):
    """A Kafka cluster and the Phalanx applications that make it."""

    name: str
    namespace: str
    listener: str
    application: str
    requires: tuple[str, ...] = ()
    access_operator: str


class Clusters(Strict):
    """`clusters.yaml`."""

    clusters: Annotated[tuple[Cluster, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        for field in ("name", "application"):
            names = [getattr(one, field) for one in self.clusters]
            if len(set(names)) < len(names):
                message = f"two clusters have the same {field}"
                raise ValueError(message)
        return self


class Names(Strict):
    """Names of resources, files and values."""

    user: ApplicationText
    access: ApplicationText
    access_of_kafka: ApplicationText
    volume: str
    access_file: ApplicationText
    user_file_shared: ApplicationText
    user_file: ApplicationText
    topics_file_shared: ApplicationText
    topics_file: ApplicationText
    subcharts: Annotated[tuple[ApplicationText, ...], Field(min_length=1)]
    guard: Annotated[str, Field(pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$")]


class Bundle(Strict):
    """What a word such as `read` means."""

    topic: tuple[Operation, ...]
    group: bool


class Access(Strict):
    """`access.yaml`."""

    names: Names
    api_versions: Mapping[str, str]
    volume_mode: int
    operations: Mapping[str, Bundle]
    default_operations: tuple[str, ...]
    group_operations: tuple[Operation, ...]
    transactional_id_operations: tuple[Operation, ...]


class Namespace(Strict):
    """A topic namespace: every topic under `prefix` and a dot."""

    prefix: str
    owners: tuple[str, ...] = ()
    subchart: str | None = None
    group: ApplicationText | None = None


class Creation(Strict):
    """Defaults of new topics."""

    partitions: Annotated[int, Field(ge=1)]
    replicas: Annotated[int, Field(ge=1, le=32767)]


class Topics(Strict):
    """`topics.yaml`."""

    namespaces: tuple[Namespace, ...]
    own: tuple[TopicText, ...]
    default_group: ApplicationText
    create: Creation

    def namespace(self, topic: str) -> Namespace | None:
        """Return the longest namespace that a topic or prefix lies in, or None."""
        found = [one for one in self.namespaces if f"{topic}.".startswith(f"{one.prefix}.")]
        return max(found, key=lambda one: len(one.prefix), default=None)

    def owns(self, application: str, topic: str) -> bool:
        """Whether a topic, or all that a prefix covers, is the application's own."""
        namespace = self.namespace(topic)
        fields = {"application": application, "namespace": namespace.prefix if namespace else "lsst"}
        return any(f"{topic}.".startswith(f"{own.format(**fields)}.") for own in self.own)


class Verdicts(Strict):
    """`verdicts.yaml`."""

    verdicts: Mapping[str, Severity]


class Audit(Strict):
    """`audit.yaml`."""

    findings: Mapping[str, Gravity]


class PullRequest(Strict):
    """Texts of a pull request."""

    title: IssueText
    title_of_revocation: IssueText = "Take access to Kafka away from {application}"
    title_of_migration: IssueText = "Move the Kafka resources of {application} to a newer API version"
    branch: IssueText
    branch_of_issue: IssueText
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()

    @property
    def branch_prefix(self) -> str:
        """What the names of all branches of the bot begin with."""
        return self.branch.partition("{")[0]


class GitHub(Strict):
    """`github.yaml`."""

    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()
    checks: bool = True
    pull_request: PullRequest


class Rules(Strict):
    """Everything under `rules/`."""

    clusters: Clusters
    access: Access
    profiles: Profiles
    topics: Topics
    verdicts: Verdicts
    metrics: Metrics
    audit: Audit
    github: GitHub
    schemas: Mapping[str, Mapping[str, Any]]
    """JSON schemas of whole objects, by kind."""

    @property
    def cluster(self) -> Cluster:
        """The cluster that is meant where a command names none."""
        return self.clusters.clusters[0]

    @property
    def profile(self) -> Profile:
        """The profile that is meant where a command names none."""
        return self.profiles.profiles[0]

    def severity(self, rule: str) -> Severity:
        """Return how grave a finding is."""
        return self.verdicts.verdicts[rule]

    def gravity(self, rule: str) -> Gravity:
        """Return how grave a finding of an audit is."""
        return self.audit.findings[rule]


def default_directory() -> Path:
    """Return the rules that travel with the program: inside the wheel, or those of a checkout of this project."""
    inside = Path(__file__).parent.parent / "_rules"
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / "rules"


def load(folder: Path | None = None) -> Rules:
    """Read and check all rules, those that travel with the program unless others are named.

    Raises NoRules, or RulesError that names every problem with file and line.
    """
    directory = folder or default_directory()
    if not directory.is_dir():
        raise NoRules(directory)
    problems: list[str] = []
    texts = {name: _text(directory / f"{name}.yaml", problems) for name in Rules.model_fields if name != "schemas"}
    data: dict[str, Any] = {name: _data(directory / f"{name}.yaml", text, problems) for name, text in texts.items()}
    data["schemas"] = {}
    for path in sorted((directory / "schemas").glob("*.yaml")):
        schemas = _data(path, _text(path, problems), problems) or {}
        if isinstance(schemas, dict):
            data["schemas"] |= schemas
        else:
            problems.append(f"{path}:1: not a mapping of kinds to schemas")
    if problems:
        raise RulesError(problems)
    try:
        rules = Rules.model_validate(data)
    except ValidationError as exc:
        raise RulesError(list(_explained(directory, texts, exc))) from exc
    problems += _unknown_words(rules, directory, texts)
    if problems:
        raise RulesError(problems)
    return rules


def _text(path: Path, problems: list[str]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        problems.append(f"{path}: cannot be read ({exc.__class__.__name__})")
        return ""


def _data(path: Path, text: str, problems: list[str]) -> Any:  # noqa: ANN401 - checked by the models
    try:
        return yaml.load(text)
    except yaml.NotYaml as exc:
        problems.append(f"{path}:{exc.line}: not YAML: {exc}")
        return None


def _unknown_words(rules: Rules, directory: Path, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield what the models cannot see: verdicts that nothing asks for or that are missing, and unknown bundles."""
    from bot.policy.judge import RULES  # noqa: PLC0415 - the judge asks for rules, not the other way round

    for name, key, listed, known in (
        ("verdicts", "verdicts", set(rules.verdicts.verdicts), set(RULES)),
        ("audit", "findings", set(rules.audit.findings), set(AUDITED)),
    ):
        for rule in sorted(listed - known):
            yield f"{directory / f'{name}.yaml'}:{_line(texts[name], (key, rule))}: no rule is named {rule}"
        for rule in sorted(known - listed):
            yield f"{directory / f'{name}.yaml'}:1: the rule {rule} is missing"
    for number, word in enumerate(rules.access.default_operations):
        if word not in rules.access.operations:
            line = _line(texts["access"], ("default_operations", number))
            yield f"{directory / 'access.yaml'}:{line}: {word} is not among operations"


def _explained(directory: Path, texts: Mapping[str, str], exc: ValidationError) -> Iterator[str]:
    for error in exc.errors():
        name, *where = error["loc"]
        path = directory / f"{name}.yaml"
        if str(name) not in texts:
            yield f"{path}: {error['msg']}"
            continue
        dotted = ".".join(map(str, where)) + ": " if where else ""
        yield f"{path}:{_line(texts[str(name)], tuple(where))}: {dotted}{error['msg'].removeprefix('Value error, ')}"


def _line(text: str, where: tuple[int | str, ...]) -> int:
    """Return the line, from 1, of the deepest node on a path that is there."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - for errors only
    from ruamel.yaml.nodes import MappingNode, SequenceNode  # noqa: PLC0415

    node = YAML(typ="safe", pure=False).compose(text)
    line = 1
    for step in where:
        if isinstance(node, MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line

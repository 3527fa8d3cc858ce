"""Who may do what to each declared topic, found in another way: Helm called by hand, every rule tried on every name.

Imports nothing of the product, so that what it gets wrong is not wrong in the same way here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode

HELM = shutil.which("helm") or str(Path(sys.executable).parent / "helm")
OPERATIONS = ("Read", "Write", "Create", "Describe", "Delete", "Alter", "DescribeConfigs", "AlterConfigs")
BRINGS = {"Describe": {"Read", "Write", "Delete", "Alter"}, "DescribeConfigs": {"AlterConfigs"}}
"""By which other operations each is allowed too."""

Access = dict[str, dict[tuple[str, str, str, str], frozenset[str]]]
"""Environment -> (namespace, cluster, principal, topic) -> operations."""


def access(root: Path, scratch: Path) -> Access:
    """Return who may do what to which declared topic, in each environment."""
    charts = {path.parent.name: staged(root, path.parent, scratch) for path in root.glob("applications/*/Chart.yaml")}
    wanted = {name: chart for name, chart in charts.items() if re.search("KafkaUser|KafkaTopic", text_of(chart))}
    names = sorted(path.stem.removeprefix("values-") for path in root.glob("environments/values-*.yaml"))
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: in_environment(root, name, wanted), names), strict=True))


def text_of(chart: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in chart.rglob("*") if path.is_file())


def staged(root: Path, chart: Path, scratch: Path) -> Path:
    """Copy a chart as Helm wants it: dependencies of the checkout in charts/, those from elsewhere gone."""
    place = scratch / chart.relative_to(root)
    shutil.copytree(chart, place)
    prepare(root, chart, place)
    return place


def prepare(root: Path, chart: Path, place: Path) -> None:
    about = YAML(typ="safe").load((chart / "Chart.yaml").read_text())
    kept = []
    for one in about.get("dependencies") or ():
        repository = one.pop("repository", "")
        if repository.startswith("file://"):
            source = (chart / repository.removeprefix("file://")).resolve()
            inner = place / "charts" / one["name"]
            shutil.copytree(source, inner, dirs_exist_ok=True)
            prepare(root, source, inner)
        elif repository or not (chart / "charts" / one["name"]).is_dir():
            continue
        kept.append(one)
    (place / "Chart.lock").unlink(missing_ok=True)
    (place / "Chart.yaml").write_text(json.dumps({**about, "dependencies": kept}, default=str))


def in_environment(root: Path, name: str, charts: dict[str, Path]) -> dict[tuple[str, str, str, str], frozenset[str]]:
    chart = root / "environments"
    values = [f"--values={chart}/values.yaml", f"--values={chart}/values-{name}.yaml"]
    users: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    for one in documents(["environments", str(chart), *values], "Application"):
        application = one["spec"]["source"]["path"].removeprefix("applications/")
        if application in charts:
            found = kafka_objects(one, charts[application])
            users += [entry for entry in found if entry["kind"] == "KafkaUser"]
            topics += [entry for entry in found if entry["kind"] == "KafkaTopic"]
    return {
        (*cluster(user), principal(user), topic_name(topic)): may
        for user in users
        for topic in topics
        if cluster(user) == cluster(topic) and (may := allowed(user, topic_name(topic)))
    }


def kafka_objects(application: dict[str, Any], chart: Path) -> list[dict[str, Any]]:
    spec = application["spec"]
    namespace, helm = spec["destination"]["namespace"], spec["source"].get("helm") or {}
    arguments = [helm.get("releaseName") or application["metadata"]["name"], str(chart), f"--namespace={namespace}"]
    for one in helm.get("parameters") or ():
        value = one["value"].replace(",", r"\,")
        arguments.append(f"--{'set-string' if one.get('forceString') == 'true' else 'set'}={one['name']}={value}")
    arguments += [f"--values={chart / name}" for name in helm.get("valueFiles") or ()]
    found = documents(arguments, "KafkaUser|KafkaTopic")
    for one in found:
        one["metadata"].setdefault("namespace", namespace)
    return found


def documents(arguments: list[str], kinds: str) -> list[dict[str, Any]]:
    done = subprocess.run([HELM, "template", *arguments], capture_output=True, text=True, check=True, timeout=120)
    parts = re.split(r"^---[ \t]*$", done.stdout, flags=re.MULTILINE)
    kind = re.compile(rf"^kind: \"?({kinds})\"?\s*$", re.MULTILINE)
    reader = YAML(typ="safe")
    return [latest(reader.compose(part)) for part in parts if kind.search(part)]


def latest(node: Any) -> Any:
    """Return what Kubernetes makes of a node: of two equal keys the later one."""
    if isinstance(node, MappingNode):
        return {key.value: latest(value) for key, value in node.value}
    return [latest(one) for one in node.value] if isinstance(node, SequenceNode) else node.value


def cluster(one: dict[str, Any]) -> tuple[str, str]:
    labels = one["metadata"].get("labels") or {}
    return one["metadata"]["namespace"], labels.get("strimzi.io/cluster", "")


def principal(user: dict[str, Any]) -> str:
    by_certificate = user["spec"].get("authentication", {}).get("type", "").startswith("tls")
    return ("User:CN=" if by_certificate else "User:") + str(user["metadata"]["name"])


def topic_name(topic: dict[str, Any]) -> str:
    return str(topic["spec"].get("topicName") or topic["metadata"]["name"])


def allowed(user: dict[str, Any], topic: str) -> frozenset[str]:
    rules = (user["spec"].get("authorization") or {}).get("acls") or []
    hosts = {str(rule.get("host") or "*") for rule in rules} | {"*"}
    return frozenset(one for one in OPERATIONS if any(lets(rules, topic, one, host) for host in hosts))


def lets(rules: list[dict[str, Any]], topic: str, operation: str, host: str) -> bool:
    """Try one operation of a client on one host, as the broker does: any deny ends it, then any allow is enough."""
    about = [one for one in rules if is_about(one, topic) and str(one.get("host") or "*") in ("*", host)]
    if any(one.get("type") == "deny" and {operation, "All"} & words(one) for one in about):
        return False
    enough = {operation, "All"} | BRINGS.get(operation, set())
    return any(one.get("type", "allow") == "allow" and enough & words(one) for one in about)


def words(rule: dict[str, Any]) -> set[str]:
    return set(rule.get("operations") or [rule.get("operation") or "All"])


def is_about(rule: dict[str, Any], topic: str) -> bool:
    resource = rule["resource"]
    if resource["type"] != "topic":
        return False
    if resource.get("patternType") == "prefix":
        return topic.startswith(resource["name"])
    return resource["name"] in ("*", topic)

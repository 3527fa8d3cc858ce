"""Two renders of one application in one environment, against what was announced."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot import yaml
from bot.kafka.acl import Acl, Operation
from bot.kafka.spec import from_spec
from bot.proof.migrated import apart, differences
from bot.proof.model import AddedRules, ChangedQuotas, Differing, NewObject, RemovedObject, RemovedRules
from bot.proof.objects import Difference, Rendered, difference
from bot.proof.workloads import POD_SPECS, Origin, gains, keeps, loses, origin_of, used_secrets, where

Identity = tuple[str, str, str, str]

_TITLE = re.compile(r"^(?:kind:|  name:).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Announced:
    """What may change in this application and environment, and must."""

    namespace: str
    objects: tuple[NewObject, ...] = ()
    rules: tuple[AddedRules, ...] = ()
    origins: tuple[Origin, ...] = ()
    gone: tuple[RemovedObject, ...] = ()
    lost: tuple[RemovedRules, ...] = ()
    quotas: tuple[ChangedQuotas, ...] = ()
    migrated: frozenset[str] = frozenset()
    """Names of templates, as Helm prints them: see MigratedTemplate."""

    @property
    def gone_identities(self) -> frozenset[tuple[str, str, str]]:
        """Kind, namespace and name of what may not be there after."""
        return frozenset((one.kind, one.namespace or self.namespace, one.name) for one in self.gone)

    @property
    def anything(self) -> bool:
        """Whether something has to be there after that was not before, or the other way round."""
        changing = self.objects or self.rules or self.origins or self.quotas or self.migrated
        return bool(changing or self.gone or self.lost)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`problems` are sentences; `differing` is for the reader.

    `kafka` are new and changed objects to check against their CRDs, each with its old self if it has one.

    `wired` counts the rendered objects of each origin (by position) that gained their entries. `notes` are sentences
    about what differs and had to.
    """

    problems: tuple[str, ...]
    differing: tuple[Differing, ...] = ()
    kafka: tuple[tuple[Rendered | None, Rendered], ...] = ()
    wired: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compare(before: str, after: str, announced: Announced) -> Comparison:
    """Compare objects, not text; text tells which of them need to be looked at."""
    if before == after and not announced.anything:
        return Comparison(())
    found = difference(before, after)
    try:
        return _compare(found, announced)
    except yaml.NotYaml as exc:
        return Comparison((f"what Helm printed is not YAML: {exc}",), differing(found))


def _compare(whole: Difference, announced: Announced) -> Comparison:
    found, migrated, amiss = apart(whole, announced.migrated, announced.namespace)
    old = by_identity(found.before, announced.namespace)
    new = by_identity(found.after, announced.namespace)
    doubled = [documents[1] for documents in (*old.values(), *new.values()) if len(documents) > 1]
    problems = [*amiss, *(f"{document} is there twice" for document in doubled)]
    problems += [f"{pair[1]} {text}" for pair in migrated for text in differences(*pair)]
    wired: dict[int, int] = {}
    kafka: list[tuple[Rendered | None, Rendered]] = [*migrated]
    expected_objects = {named(one.manifest, announced.namespace): one.manifest for one in announced.objects}
    expected_rules = {("KafkaUser", one.namespace, one.name): one for one in announced.rules}
    expected_losses = {("KafkaUser", one.namespace, one.name): one for one in announced.lost}
    expected_quotas = {("KafkaUser", one.namespace, one.name): one for one in announced.quotas}
    gone = announced.gone_identities
    for identity in dict.fromkeys((*old, *new)):
        if identity not in new:
            problems += [] if identity[1:] in gone else [f"{old[identity][0]} is gone"]
            continue
        document = new[identity][0]
        if identity not in old:
            problems += check_new(document, expected_objects.pop(identity, None), found)
            kafka.append((None, document))
            continue
        rules, losses = expected_rules.pop(identity[1:], None), expected_losses.pop(identity[1:], None)
        quotas = expected_quotas.pop(identity[1:], None)
        origin = origin_of(document, announced.origins)
        if rules is not None or quotas is not None:
            problems += [f"{document} {text}" for text in _check_amended(old[identity][0], document, rules, quotas)]
            kafka.append((old[identity][0], document))
        elif losses is not None:
            problems += [f"{document} {text}" for text in _check_losses(old[identity][0], document, losses)]
            kafka.append((old[identity][0], document))
        elif origin is not None and origin.announced:
            check = gains if origin.wired else loses
            problems += [f"{document} {text}" for text in check(old[identity][0], document, origin)]
            number = announced.origins.index(origin)
            wired[number] = wired.get(number, 0) + 1
        elif document.data != old[identity][0].data:
            place = where(old[identity][0].data, document.data)
            problems.append(f"{document} changed in {place}, which nobody asked for")
    problems += [f"{identity[1]} {identity[3]} does not appear" for identity in expected_objects]
    problems += [f"KafkaUser {one.name} does not get its rules" for one in expected_rules.values()]
    problems += [f"KafkaUser {one.name} does not lose its rules" for one in expected_losses.values()]
    problems += [f"KafkaUser {one.name} does not get its quotas" for one in expected_quotas.values()]
    problems += _unwired(found.same, announced.origins)
    problems += _left((*found.after, *found.same), announced)
    return Comparison(tuple(problems), differing(whole), tuple(kafka), wired)


def by_identity(documents: Sequence[Rendered], namespace: str) -> dict[Identity, list[Rendered]]:
    """Return documents by what tells objects apart; more than one where an object is there twice."""
    found: dict[Identity, list[Rendered]] = {}
    for document in documents:
        found.setdefault(document.identity(namespace), []).append(document)
    return found


def named(manifest: Mapping[str, Any], namespace: str) -> Identity:
    """Return what tells an announced object apart; one without a namespace goes to `namespace`."""
    metadata = manifest["metadata"]
    return manifest["apiVersion"], manifest["kind"], str(metadata.get("namespace") or namespace), metadata["name"]


def check_new(document: Rendered, expected: Mapping[str, Any] | None, found: Difference) -> Iterator[str]:
    """Yield what is wrong with an object that appears, where `expected` is the announced manifest if there is one."""
    if expected is None:
        yield f"{document} appears, which nobody asked for"
        return
    name = str(document.metadata.get("name"))
    for other in found.same:
        if name in other.text and other.kind == document.kind and other.metadata.get("name") == name:
            yield f"{document} is there already ({other.source})"
    labels = document.metadata.get("labels") or {}
    wanted = expected["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        yield f"{document} does not have its labels"
    # `#` is in no label: this is how a second equal key is read.
    yield from (f"{document} has the label {key.partition('#')[0]} twice" for key in map(str, labels) if "#" in key)
    apart = ("labels", "namespace", "name")
    rest = {key: value for key, value in document.metadata.items() if key not in apart}
    if rest != {key: value for key, value in expected["metadata"].items() if key not in apart}:
        yield f"{document} has other metadata than announced: {', '.join(rest) or 'none'}"
    body = {key: value for key, value in document.data.items() if key != "metadata"}
    announced = {key: value for key, value in expected.items() if key != "metadata"}
    if body != announced:
        yield f"{document} is not as announced in {where(announced, body)}"


def _check_amended(
    before: Rendered, after: Rendered, rules: AddedRules | None, changed: ChangedQuotas | None
) -> Iterator[str]:
    entries, annotations = (rules.added, rules.annotations) if rules else ((), {})
    rates = dict(changed.rates) if changed else {}
    try:
        had, has = _rules(before), _rules(after)
        added = {rule for entry in entries for rule in _atoms(from_spec(entry))}
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        yield f"has rules that Kafka has not ({exc})"
        return
    if not had <= has:
        yield "loses rules"
    if has - had != added - had:
        yield "does not gain exactly the announced rules"
    quotas = after.data["spec"].get("quotas") or {}
    if any(quotas.get(field) != rate for field, rate in rates.items()):
        yield "does not get exactly the announced quotas"
    wanted = _annotated(_without_rules(before, rates), annotations)
    found = _annotated(_without_rules(after, rates), {})
    if wanted != found:
        yield f"differs in {where(wanted, found)} too"


def _annotated(data: Mapping[str, Any], changed: Mapping[str, str | None]) -> Mapping[str, Any]:
    """Return an object with annotations that are set, or (None) taken away; an empty list of them is none."""
    metadata = data["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **changed}
    kept = {key: value for key, value in annotations.items() if value is not None}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**data, "metadata": {**rest, "annotations": kept} if kept else rest}


def _check_losses(before: Rendered, after: Rendered, expected: RemovedRules) -> Iterator[str]:
    try:
        had, has = _rules(before), _rules(after)
        removed = {rule for entry in expected.removed for rule in _atoms(from_spec(entry))}
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        yield f"has rules that Kafka has not ({exc})"
        return
    if not has <= had:
        yield "gains rules"
    if had - has != removed & had or has & removed:
        yield "does not lose exactly the announced rules"
    if _without_rules(before) != _without_rules(after):
        yield f"differs in {where(_without_rules(before), _without_rules(after))} too"


def _left(documents: Sequence[Rendered], announced: Announced) -> Iterator[str]:
    """Yield what should be gone and is still there, and what would wait for a Secret that goes."""
    secrets = {one.name for one in announced.gone if one.kind == "KafkaAccess"}
    gone = announced.gone_identities
    for document in documents:
        if document.kind in POD_SPECS:
            yield from (
                f"{document} still uses Secret {name}, which goes"
                for name in sorted(secrets & used_secrets(document.data))
            )
        if announced.gone and document.identity(announced.namespace)[1:] in gone:
            yield f"{document} is still there"
        origin = origin_of(document, announced.origins) if document.kind in POD_SPECS else None
        if origin is not None and origin.unwired:
            yield from (f"{document} {text}" for text in keeps(document, origin))


Atom = tuple[object, str, object, Operation]


def _rules(document: Rendered) -> set[Atom]:
    authorization = document.data["spec"].get("authorization") or {}
    return {rule for entry in authorization.get("acls") or () for rule in _atoms(from_spec(entry))}


def _atoms(acl: Acl) -> Iterator[Atom]:
    return ((acl.resource, acl.host, acl.permission, operation) for operation in acl.operations)


def _without_rules(document: Rendered, rates: Container[str] = ()) -> Mapping[str, Any]:
    """Return a KafkaUser without its rules, and without these fields of its quotas."""
    spec = document.data["spec"]
    authorization = {key: value for key, value in (spec.get("authorization") or {}).items() if key != "acls"}
    quotas = {key: value for key, value in (spec.get("quotas") or {}).items() if key not in rates}
    return {**document.data, "spec": {**spec, "authorization": authorization, "quotas": quotas}}


def _unwired(same: Sequence[Rendered], origins: Sequence[Origin]) -> Iterator[str]:
    """Yield the objects that should have changed and did not."""
    sources = {source for origin in origins for source in origin.sources}
    for document in same:
        if document.source in sources and document.kind in POD_SPECS:
            origin = origin_of(document, origins)
            if origin is not None and origin.wired:
                yield f"{document} does not get its entries"


def differing(found: Difference) -> tuple[Differing, ...]:
    """Pair the documents that differ, old and new."""
    old = {(document.source, _title(document)): document.text for document in found.before}
    new = {(document.source, _title(document)): document.text for document in found.after}
    return tuple(Differing(key[0], old.get(key, ""), new.get(key, "")) for key in dict.fromkeys((*old, *new)))


def _title(document: Rendered) -> str:
    """Kind and name as text, for documents that may not be YAML."""
    return " ".join(_TITLE.findall(document.text)[:2])

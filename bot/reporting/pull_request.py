"""The body of a pull request: who gets what, where, what it rests on, and what to do after the merge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.proof.model import Proof
from bot.reporting import replies
from bot.reporting.answer import Answer
from bot.reporting.markdown import bullets, code, fenced, folded, paragraphs, prose, table

ROOM = 60_000
"""Characters. GitHub takes 65,536; the rest is for the hidden state and what people add."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is to be synced after the merge: Argo CD Applications in their order, and each environment's domain."""

    applications: tuple[str, ...]
    domains: Mapping[str, str]


def deployment(answers: Iterable[Answer], service: str, domains: Mapping[str, str]) -> Deployment:
    """Return what the plans touch: what they enable first, then the Kafka service, then the applications.

    `service` is the application whose chart holds the KafkaUsers; `domains` are those of all environments.
    """
    plans = [one.plan for one in answers if one.plan is not None]
    enabled = {name: None for plan in plans for name in plan.expected.enabled_applications}
    own = {plan.application: None for plan in plans}
    targets = sorted({name for plan in plans for name in plan.targets})
    return Deployment(
        tuple(dict.fromkeys((*enabled, service, *own))), {name: domains.get(name, "") for name in targets}
    )


def body(answers: Sequence[Answer], issue: int, deployed: Deployment, kept: Sequence[str]) -> str:
    """Return the whole body; `kept` are paths that people changed on the branch.

    Rendered differences are left out from the end where the body would be too long for GitHub.
    """
    plans = [one for one in answers if one.plan is not None]
    commands = "\n".join(one.plan.command.text for one in plans if one.plan)
    parts = [
        f"Asked for in #{issue}:",
        fenced(commands),
        *(section for one in plans for section in _sections(one)),
        _kept(kept),
        "### After the merge",
        after_merge(deployed),
        f"{code('/kafka-access refresh')} in a comment here redoes all of it on the newest main, "
        f"{code('/kafka-access cancel')} closes it.",
    ]
    room = ROOM - len(paragraphs(parts))
    shown = []
    for text in _rendered([one.proof for one in plans]):
        if len(text) + 200 > room:
            shown.append("More rendered differences are left out here, as GitHub has no room for them.")
            break
        room -= len(text) + 2
        shown.append(text)
    return paragraphs([*parts[:-3], *shown, *parts[-3:]])[: ROOM + 2000]


def after_merge(deployed: Deployment) -> str:
    """Return the Argo CD Applications to sync in each environment, in order, with links."""
    rows = [
        (code(name), " then ".join(_link(one, domain) for one in deployed.applications))
        for name, domain in deployed.domains.items()
    ]
    return paragraphs(
        [
            table(("environment", "sync in this order"), rows),
            "Then look whether the Secret of the KafkaAccess is there and the pods have restarted with it.",
        ]
    )


def _link(application: str, domain: str) -> str:
    # Phalanx serves Argo CD under /argo-cd of each environment.
    return f"[{application}](https://{domain}/argo-cd/applications/{application})" if domain else code(application)


def _sections(answer: Answer) -> Iterator[str]:
    plan = answer.plan
    if plan is None:
        return
    yield f"### {prose(plan.application)} in {', '.join(plan.targets)}"
    yield replies.resources(plan)
    rows = [(code(one.name), one.state, prose(one.reason)) for one in plan.environments if one.reason]
    yield table(("environment", "is", "because"), rows) if rows else ""
    yield replies.findings(plan)
    yield replies.proved(answer.proof)


def _kept(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    head = "People have changed these files on the branch; their changes are kept, and not proved:"
    return paragraphs([head, bullets(map(code, paths))])


def _rendered(proofs: Iterable[Proof]) -> Iterator[str]:
    """Yield rendered differences, folded, those that are equal in several environments once.

    What stands around a difference, and at which line, may differ between the environments of a group.
    """
    for proof in proofs:
        groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for name, lines in proof.differences.items():
            groups[tuple(line for line in lines if line.startswith(("+", "-")))].append(name)
        for first, *others in groups.values():
            title = f"Rendered in {first}" + (f", and the same in {', '.join(others)}" if others else "")
            yield folded(title, fenced("\n".join(proof.differences[first]), "diff"))

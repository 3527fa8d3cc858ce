"""An answer as the JSON that scripts read; the shape is a contract, see docs/scripts.md."""

from __future__ import annotations

from typing import Any

from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import starred
from bot.planning.model import Plan
from bot.planning.refused import Refused
from bot.policy.verdict import Verdict
from bot.proof.model import Change, Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.diff import count


def record(answer: Answer) -> dict[str, Any]:
    """Return one answer as plain data, in the order in which the keys are documented."""
    plan, refusal = answer.plan, answer.refusal
    refused_by = refusal.verdicts if isinstance(refusal, Refused) else ()
    return {
        "status": status(answer),
        "command": _command(answer.command),
        "targets": list(plan.targets) if plan else [],
        "files": [_file(change) for change in plan.changes] if plan else [],
        "resources": [_resource(plan, number) for number in range(len(plan.resources))] if plan else [],
        "verdicts": [_verdict(verdict) for verdict in (plan.verdicts if plan else refused_by)],
        "notes": list(plan.notes) if plan else [],
        "proof": _proof(answer.proof),
        "problems": [] if refusal is None else [_problem(refusal)],
        **({"text": answer.text} if answer.text else {}),
    }


def status(answer: Answer) -> str:
    """Return the one word that says what became of a command."""
    if answer.text:
        return "answered"
    if answer.refusal is not None or answer.plan is None or answer.proof.status is Status.REFUTED:
        return "refused"
    return "planned" if answer.plan.changes else "unchanged"


def _problem(refusal: UserError) -> dict[str, str]:
    return {"text": refusal.text, "hint": refusal.hint}


def _file(change: Change) -> dict[str, Any]:
    added, removed = count(change)
    action = "create" if change.before is None else "delete" if change.after is None else "edit"
    return {"path": change.path, "action": action, "added": added, "removed": removed}


def _resource(plan: Plan, number: int) -> dict[str, str]:
    resource = plan.resources[number]
    return {
        "kind": resource.kind,
        "name": resource.name,
        "namespace": resource.namespace,
        "file": resource.file,
        "change": resource.change,
    }


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {
        "rule": verdict.rule,
        "severity": verdict.severity.value,
        "text": verdict.text,
        "remedy": verdict.remedy,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "status": proof.status.value,
        "environments": {name: outcome.value for name, outcome in sorted(proof.environments.items())},
        "problems": [{"environment": problem.environment, "text": problem.text} for problem in proof.problems],
        "notes": list(proof.notes),
        "renders": proof.renders,
    }


def _command(command: Command | None) -> dict[str, Any]:
    """Return what was asked, options that were not used left out."""
    if command is None:
        return {}
    said: dict[str, Any] = {
        "verb": command.verb.value,
        "text": command.text,
        "app": command.application,
        "topics": [
            {"name": starred(topic.name, topic.pattern), "access": list(topic.access)} for topic in command.topics
        ],
        "groups": [starred(group.name, group.pattern) for group in command.groups],
        "txn": [starred(name.name, name.pattern) for name in command.transactional_ids],
        "env": list(command.environments),
        "workload": ["all"]
        if command.all_workloads
        else ["/".join(filter(None, (workload.kind, workload.name))) for workload in command.workloads],
        "container": command.container,
        "user": command.user,
        "secret": command.secret,
        "metrics": command.metrics,
        "tags": list(command.tags),
        "create": command.create,
        "partitions": command.partitions,
        "retention": command.retention,
        "enable-operator": command.enable_operator,
        "quota": dict(command.quota),
        "profile": command.profile,
        "cluster": command.cluster,
    }
    return {key: value for key, value in said.items() if value}

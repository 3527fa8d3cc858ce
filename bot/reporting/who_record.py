"""Answers about access as the JSON that scripts read; the shape is a contract, see docs/scripts.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.kafka.access import Right, may
from bot.kafka.acl import Acl
from bot.kafka.operations import names_of
from bot.landscape.access import ClusterAccess, Grant, OtherUse, Rule, UserAccess
from bot.landscape.answers import ApplicationAnswer, Matrix, Seen, TopicAnswer
from bot.landscape.holders import Holder
from bot.landscape.model import KafkaCluster, KafkaTopic, KafkaUser, Origin
from bot.reporting.who_words import flags, flags_of


def record(answer: TopicAnswer | ApplicationAnswer | Matrix) -> dict[str, Any]:
    """Return an answer as plain data, in the order in which the keys are documented."""
    match answer:
        case TopicAnswer():
            return _about_topic(answer)
        case ApplicationAnswer():
            return _about_application(answer)
        case Matrix():
            return _about_everything(answer)


def _about_topic(answer: TopicAnswer) -> dict[str, Any]:
    return {
        "question": {"topic": answer.topic},
        "found": not answer.is_nothing,
        "declared": answer.is_declared,
        "near": list(answer.near),
        "answers": [
            {"environments": list(environments), "clusters": list(map(_cluster, clusters))}
            for environments, clusters in answer.places
        ],
        **_seen(answer.seen),
    }


def _about_application(answer: ApplicationAnswer) -> dict[str, Any]:
    return {
        "question": {"app": answer.application},
        "found": any(users for _, users in answer.places),
        "enabled_in": list(answer.runs),
        "answers": [
            {"environments": list(environments), "users": list(map(_user, users))}
            for environments, users in answer.places
        ],
        **_seen(answer.seen),
    }


def _about_everything(answer: Matrix) -> dict[str, Any]:
    return {
        "question": {"all": True},
        "found": bool(answer.places),
        "answers": [
            {
                "environments": list(environments),
                "clusters": [_kafka(one.namespace, one.name, one) for one in holdings.clusters],
                "topics": [{"topic": one.topic, "cluster": one.cluster, **_topic(one)} for one in holdings.topics],
                "users": list(map(_user, holdings.users)),
            }
            for environments, holdings in answer.places
        ],
        **_seen(answer.seen),
    }


def _cluster(one: ClusterAccess) -> dict[str, Any]:
    return {
        **_kafka(one.namespace, one.name, one.kafka),
        "declared": list(map(_topic, one.declared)),
        "access": [_grant(grant, one.kafka) for grant in one.grants],
    }


def _kafka(namespace: str, name: str, kafka: KafkaCluster | None) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": namespace,
        "rendered": kafka is not None,
        "authorization": kafka.authorization if kafka else "",
        "super_users": list(kafka.super_users) if kafka else [],
    }


def _grant(grant: Grant, kafka: KafkaCluster | None) -> dict[str, Any]:
    return {
        **_who(grant.user, grant.holders),
        **_right(grant.right),
        "rules": [_acl(one.acl, grant.user.origin, one.line) for one in grant.rules],
        "flags": flags(grant, kafka),
    }


def _user(one: UserAccess) -> dict[str, Any]:
    return {
        **_who(one.user, one.holders),
        "cluster": one.user.cluster,
        "topics": [{"topic": use.topic, "declared": use.declared, **_right(use.right)} for use in one.topics],
        "others": list(map(_other, one.others)),
        "rules": [_rule(rule, one.user.origin) for rule in one.rules],
        "flags": flags_of(one),
    }


def _who(user: KafkaUser, holders: Iterable[Holder]) -> dict[str, Any]:
    return {
        "principal": user.principal,
        "user": user.name,
        "namespace": user.namespace,
        "authentication": user.authentication,
        **_place(user.origin),
        "holders": [
            {"application": one.application, "access": one.access, "workloads": list(one.workloads)} for one in holders
        ],
    }


def _right(right: Right) -> dict[str, Any]:
    return {"may": may(right), **_operations(right)}


def _operations(right: Right) -> dict[str, Any]:
    return {
        "operations": names_of(right.operations),
        "hosts": {one.value: list(hosts) for one, hosts in right.hosts},
    }


def _other(use: OtherUse) -> dict[str, Any]:
    return {
        "type": use.resource.type.value,
        "name": use.resource.name,
        "pattern": use.resource.pattern.value,
        **_operations(use.right),
    }


def _rule(rule: Rule, origin: Origin) -> dict[str, Any]:
    return {**_acl(rule.acl, origin, rule.line), "topics": list(rule.topics)}


def _acl(acl: Acl, origin: Origin, line: int) -> dict[str, Any]:
    return {
        "permission": acl.permission.value,
        "type": acl.resource.type.value,
        "name": acl.resource.name,
        "pattern": acl.resource.pattern.value,
        "operations": names_of(acl.operations),
        "host": acl.host,
        "file": origin.file,
        "line": line,
    }


def _topic(one: KafkaTopic) -> dict[str, Any]:
    return {"name": one.name, "namespace": one.namespace, **_place(one.origin)}


def _place(origin: Origin) -> dict[str, Any]:
    return {"application": origin.application, "file": origin.file, "line": origin.line}


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "environments": list(seen.environments),
        "without_kafka": list(seen.without_kafka),
        "gaps": [
            {"environments": list(one.environments), "application": one.application, "text": one.text}
            for one in seen.gaps
        ],
        "remote": [{"application": name, "charts": list(charts)} for name, charts in seen.remote],
    }

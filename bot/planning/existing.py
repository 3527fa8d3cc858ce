"""What access an application has already: its KafkaAccess, and the KafkaUser behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import Acl
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KafkaDocument, documents, rendered_in, static_name, value_of
from bot.planning.chosen import accesses, cluster_name, elsewhere
from bot.planning.taken import UserOfSomethingElse, check_new_user, made_for, maker_of
from bot.policy.rules import Cluster

_VALUE = re.compile(r"\{\{-?\s*\$?\.Values\.([\w.-]*\w)\s*(?:\|\s*quote\s*)?-?\}\}")


class GeneratedUser(UserError):
    """The application's KafkaUser is made by a loop over values, so it cannot be changed alone."""

    def __init__(self, application: str, user: str, access: str, file: str) -> None:
        super().__init__(
            f"{application} connects as {user} ({access} in {file}), and that KafkaUser is made from a list in the "
            "values or does not exist: it cannot be changed for one application",
            f"if it is for metrics, more of those come with /kafka-access {application} metrics, which takes env= and "
            f"workload=; for topics, type secret={application}-topics, and workload= with one that does not use "
            f"{access}, as a workload's variables are of one KafkaUser (more of them have to be added by hand, under "
            "other names)",
        )


class OnlyOffered(UserError):
    """A shared chart has a KafkaAccess that is on nowhere, and so does not say as whom."""

    def __init__(self, application: str, access: KafkaDocument) -> None:
        super().__init__(
            f"{access.name} in {access.file}, which is in a chart of several applications, is off for {application} in "
            "all environments",
            "type env= with the environments that are meant, and it is turned on there",
        )


class ConditionalUser(UserError):
    """The KafkaUser is rendered under a condition that is more than a plain value."""

    def __init__(self, user: str, file: str) -> None:
        super().__init__(
            f"KafkaUser {user} in {file} is rendered under a condition that cannot be told without rendering",
            "name another user with user=",
        )


class SeveralAccesses(UserError):
    """The application has more than one KafkaAccess and none has the usual name."""

    def __init__(self, application: str, names: Iterable[str]) -> None:
        super().__init__(
            f"{application} has several KafkaAccess resources: {', '.join(sorted(names))}",
            "type secret= with the one that is meant",
        )


class UserInAnotherChart(UserError):
    """`user=` names a KafkaUser that another application uses."""

    def __init__(self, user: str, owner: str) -> None:
        super().__init__(
            f"KafkaUser {user} belongs to {owner}; whoever may use it has all that {owner} has",
            "leave user= out to give the application a KafkaUser of its own",
        )


class AccessOfAnotherUser(UserError):
    """`user=` names one KafkaUser, and the KafkaAccess that would be used names another."""

    def __init__(self, access: KafkaDocument, named: str, asked: str) -> None:
        super().__init__(
            f"{access.name} in {access.file} connects as {named}, so the workload would not become {asked}",
            f"leave user= out to give the rules to {named}; a second connection has to be added by hand",
        )


class OfferedAsAnother(UserError):
    """A shared chart's KafkaAccess is off, and would be for a KafkaUser that is not the application's own."""

    def __init__(self, application: str, access: KafkaDocument, user: str) -> None:
        value = _VALUE.fullmatch(user_of(access) or "")
        alias = access.dependency.alias if access.dependency else access.chart.name
        super().__init__(
            f"{access.name} of the shared chart {access.chart.path} would let {application} connect as KafkaUser "
            f"{user}, with all that this may do",
            f"give {application} a name of its own first: {alias}.{value.group(1)} in its values"
            if value
            else "ask the owners of the chart for a value that names the KafkaUser",
        )


class AccessOfAnotherCluster(UserError):
    """The KafkaAccess of the name is for another Kafka cluster."""

    def __init__(self, access: KafkaDocument, application: str, cluster: Cluster) -> None:
        super().__init__(
            f"KafkaAccess {access.name} in {access.file} is for another Kafka cluster than {cluster.name}, and one "
            "Secret cannot be for both",
            f"type cluster={cluster_name(access)} if that is meant; for {cluster.name} too, type "
            f"secret={application}-{cluster.name}, and workload= with one that does not use {access.name}: a "
            "workload's variables are of one cluster",
        )


@dataclass(frozen=True, slots=True)
class Existing:
    """The KafkaAccess and the KafkaUser that the grant builds on, each None where there is none yet."""

    user_name: str
    """The KafkaUser's name, also where it is still to be made."""
    access: KafkaDocument | None = None
    user: KafkaDocument | None = None
    user_environments: frozenset[str] = frozenset()
    """Where the user is rendered."""

    @property
    def acls(self) -> tuple[Acl, ...]:
        """The rules that the user has for certain."""
        return self.user.certain_acls() if self.user else ()

    @property
    def authentication(self) -> str:
        """The user's way of proving who it is; new users have `tls`."""
        spec = self.user.data.get("spec") if self.user else None
        found = spec.get("authentication") if isinstance(spec, dict) else None
        return str(found.get("type", "")) if isinstance(found, dict) else "tls"


def existing(
    files: Files, command: Command, application: str, cluster: Cluster, names: tuple[str, str], where: frozenset[str]
) -> Existing:
    """Find what is there; `names` are the default user and KafkaAccess names, `where` enables the cluster's chart.

    Raises a UserError where it is there but cannot be built on.
    """
    service = cluster.application
    user_name, access_name = command.user or names[0], command.secret or names[1]
    access = _access(files, application, cluster, access_name, command.secret is not None)
    rendered = rendered_in(files, application, access, where) if access else frozenset()
    offered = access is not None and access.chart.shared and not rendered
    named = user_by_values(files, application, access, rendered | frozenset(command.environments))
    users: dict[str | None, KafkaDocument] = {}
    for found in documents(files, service, "KafkaUser"):
        users.setdefault(static_name(found), found)
    if access is not None and named is not None:
        if named not in users:
            if offered and not command.environments:
                raise OnlyOffered(application, access)
            if not is_static(named) or maker_of(files, service, named, where):
                raise GeneratedUser(application, named, access.name, access.file)
        if command.user not in (None, named):
            raise AccessOfAnotherUser(access, named, user_name)
        user_name = named
    user = users.get(user_name)
    if user is None:
        if user_name != named:
            check_new_user(files, service, user_name, where)
        return Existing(user_name, access)
    if access is not None and offered and user_name != names[0]:
        raise OfferedAsAnother(application, access, user_name)
    owner = None if named else _owner(files, application, cluster, user_name)
    if owner is not None:
        raise UserInAnotherChart(user_name, owner)
    own = {names[0], named, *map(user_of, accesses(files, application, cluster))}
    if user_name not in own and not made_for(files, service, application, user):
        raise UserOfSomethingElse(application, user_name, user.file)
    if "?" in user.guards:
        raise ConditionalUser(user_name, user.file)
    return Existing(user_name, access, user, rendered_in(files, service, user, where))


def _access(files: Files, application: str, cluster: Cluster, name: str, exactly: bool) -> KafkaDocument | None:
    found = {document.name: document for document in accesses(files, application, cluster)}
    if name in found:
        return found[name]
    if exactly or not found:
        for other in elsewhere(files, application, cluster):
            if other.name == name:
                raise AccessOfAnotherCluster(other, application, cluster)
        return None
    if len(found) > 1:
        raise SeveralAccesses(application, found)
    return next(iter(found.values()))


def _owner(files: Files, application: str, cluster: Cluster, user: str) -> str | None:
    """Return another application that has the user's name, or a KafkaAccess for it."""
    return next(
        (
            other
            for other in files.names("applications")
            if other != application
            and (other == user or any(user_of(one) == user for one in accesses(files, other, cluster)))
        ),
        None,
    )


def user_by_values(files: Files, application: str, access: KafkaDocument | None, where: frozenset[str]) -> str | None:
    """Return what `user_of` does, with a value put in that is the same in all these environments."""
    name = user_of(access)
    match = _VALUE.fullmatch(name or "")
    if access is None or match is None:
        return name
    found = {value_of(files, application, access, match.group(1), environment) for environment in where}
    only = found.pop() if len(found) == 1 else None
    return only if isinstance(only, str) else name


def user_of(access: KafkaDocument | None) -> str | None:
    """Return the name of the KafkaUser that a KafkaAccess is for, as it is written."""
    spec = access.data.get("spec") if access else None
    user = spec.get("user") if isinstance(spec, dict) else None
    return str(user.get("name")) if isinstance(user, dict) and "name" in user else None


def connects_as(access: KafkaDocument) -> str:
    """Return the same with the chart's name put in for the directives that mean it; empty where none is named."""
    return resolved(user_of(access) or "", access.chart.name)

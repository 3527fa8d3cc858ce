"""What makes a container a client of a Secret: variables, files and the volume that these are in."""

from __future__ import annotations

from itertools import chain, count
from typing import Any

from ruamel.yaml.nodes import SequenceNode

from bot.errors import UserError
from bot.phalanx.names import resolved
from bot.phalanx.workloads import FoundWorkload
from bot.planning.selection import Client
from bot.planning.sketch import Sketch
from bot.policy.profiles import Profile
from bot.roundtrip.template import start
from bot.roundtrip.wiring import Entries


class MountTaken(UserError):
    """Something else is mounted where a file of the client belongs."""

    def __init__(self, found: FoundWorkload, path: str) -> None:
        super().__init__(
            f"{found.label} mounts something else at {path}",
            "move it, or change the mounts of the profile in the rules",
        )


def entries(sketch: Sketch, client: Client, secret: str, profile: Profile, guard: str | None) -> Entries:
    """Return what makes a container a client of the Secret under a guard; raises MountTaken.

    A volume of the pod that holds all of the Secret already is used.
    """
    access = sketch.rules.access
    paths = [one.path.format(secret=secret) for one in profile.mounts]
    taken = {*client.target.mounts} & {*paths}
    if taken:
        raise MountTaken(client.found, min(taken))
    there = _volume_of(client.found, secret, guard)
    names = chain((access.names.volume, secret), (f"{secret}-{number}" for number in count(2)))
    volume = there or next(one for one in names if one not in client.found.workload.volumes)
    variables: list[dict[str, Any]] = [
        {"name": one.name, "value": (one.value or "").format(secret=secret)}
        if one.secret_key is None
        else {"name": one.name, "valueFrom": {"secretKeyRef": {"name": secret, "key": one.secret_key}}}
        for one in profile.env
    ]
    files = [
        {
            "name": volume,
            "mountPath": path,
            **({"readOnly": True} if one.read_only else {}),
            "subPath": one.secret_key,
        }
        for one, path in zip(profile.mounts, paths, strict=True)
    ]
    volumes = [{"name": volume, "secret": {"secretName": secret, "defaultMode": access.volume_mode}}]
    return Entries(tuple(variables), tuple(files), () if there else tuple(volumes))


def _volume_of(found: FoundWorkload, secret: str, guard: str | None) -> str | None:
    """Return the volume of the pod that holds all of the Secret wherever the entries will be, or None."""
    read, pod = found.template, found.workload.pod
    asked = {f"if $.Values.{guard}", f"if .Values.{guard}"}
    for node in (node for key, node in pod.value if key.value == "volumes" and isinstance(node, SequenceNode)):
        for item in node.value:
            data = read.plain(item)
            taken = data.get("secret") if isinstance(data, dict) else None
            if not isinstance(taken, dict) or "items" in taken:
                continue
            inside = read.context(start(item))[len(found.workload.pod_context) :]
            bodies = {read.block(number).branches[branch].body for number, branch in inside}
            if resolved(str(taken.get("secretName")), found.chart.name) == secret and bodies <= asked:
                return str(data["name"])
    return None

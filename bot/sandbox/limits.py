"""The hourly rate limit, counted per App installation and person."""

from __future__ import annotations

from bot.sandbox.auth import Caller
from bot.sandbox.problems import Refused
from bot.sandbox.world import World

_HOUR = 3600
_RESOURCES = ("core", "graphql", "search", "integration_manifest")


class Limits:
    """How much of the hour's `limit` requests each caller has used, per resource."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limit = 5000
        self._used: dict[tuple[str, str, int], int] = {}

    def use(self, caller: Caller, resource: str) -> dict[str, str]:
        """Count one request and return the headers that say so; raises Refused where none is left."""
        window = int(self._world.clock.now().timestamp()) // _HOUR
        key = (caller.name, resource, window)
        used = self._used.get(key, 0)
        headers = self._headers(resource, min(used + 1, self.limit), window)
        if used >= self.limit:
            number = caller.token.installation.id if caller.token else 0
            refused = Refused(403, f"API rate limit exceeded for installation ID {number}.")
            refused.headers |= headers
            raise refused
        self._used[key] = used + 1
        return headers

    def _headers(self, resource: str, used: int, window: int) -> dict[str, str]:
        facts = {"limit": self.limit, "remaining": self.limit - used, "reset": (window + 1) * _HOUR, "used": used}
        return {f"x-ratelimit-{name}": str(value) for name, value in facts.items()} | {"x-ratelimit-resource": resource}

    def overview(self, caller: Caller) -> dict[str, object]:
        """Return what `/rate_limit` says."""
        window = int(self._world.clock.now().timestamp()) // _HOUR
        resources = {}
        for resource in _RESOURCES:
            used = self._used.get((caller.name, resource, window), 0)
            reset = (window + 1) * _HOUR
            resources[resource] = {"limit": self.limit, "used": used, "remaining": self.limit - used, "reset": reset}
        return {"resources": resources, "rate": resources["core"]}

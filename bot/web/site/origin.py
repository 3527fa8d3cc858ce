"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]


def client_address(request: web.Request, proxies: Networks) -> str:
    """Return whom a request comes from: the nearest address that is no trusted proxy's.

    What anybody else writes into X-Forwarded-For says nothing.
    """
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    hops = [*(one.strip() for one in forwarded.split(",") if one.strip()), request.remote or ""]
    while len(hops) > 1 and _is_within(hops[-1], proxies):
        hops.pop()
    return hops[-1][:64]


def _is_within(text: str, networks: Networks) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    # A socket for both versions shows addresses of version 4 as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in one for one in networks)


def is_loopback(name: str) -> bool:
    """Whether an address or a name is this machine's own."""
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def host_of(address: str) -> str:
    """Return the name in an address; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_forwarded(request: web.Request) -> bool:
    """Whether a proxy says that it has passed a request on; one that does not say so may have, too."""
    names = {name.lower() for name in request.headers}
    return bool(names & {"forwarded", "via", "x-real-ip"}) or any(name.startswith("x-forwarded") for name in names)

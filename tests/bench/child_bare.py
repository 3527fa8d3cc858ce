"""What the webhook is measured against: gidgethub verifies, aiohttp answers, nothing is kept."""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web
from gidgethub.sansio import Event

from bot.web.serve import listening

_SECRET = os.environ["KAFKA_ACCESS_WEBHOOK_SECRETS"]


async def _webhook(request: web.Request) -> web.Response:
    event = Event.from_http(request.headers, await request.read(), secret=_SECRET)
    return web.json_response({"id": event.delivery_id}, status=202)


async def main() -> None:
    """Listen at any free port, print the address, and end with standard input."""
    app = web.Application()
    app.add_routes([web.post("/webhook", _webhook)])
    async with listening(app, "127.0.0.1", 0) as address:
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

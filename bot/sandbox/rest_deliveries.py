"""The log of webhook deliveries, and delivering again."""

from __future__ import annotations

from typing import Any

from bot.sandbox.clock import stamp
from bot.sandbox.model import Delivery
from bot.sandbox.problems import Refused, there
from bot.sandbox.routes import Answer, Call, endpoint


@endpoint("GET /app/hook/deliveries")
def _list(call: Call) -> Answer:
    mine = [one for one in reversed(call.world.deliveries) if one.app is call.app and one.done]
    wanted = call.query.get("status")
    if wanted is not None:
        # Where nobody answered there is no status between 400 and 599: such attempts are in neither list.
        mine = [one for one in mine if _outcome(one.status_code) == wanted]
    size = min(max(int(call.query.get("per_page", "30")), 1), 100)
    cursor = call.query.get("cursor")
    if cursor is not None:
        if not cursor.isdecimal():
            raise Refused(400, "Invalid cursor")
        mine = [one for one in mine if one.id < int(cursor)]
    shown = mine[:size]
    headers = {}
    if len(mine) > size:
        status = f"&status={wanted}" if wanted else ""
        address = f"{call.world.url}{call.path}?per_page={size}{status}&cursor={shown[-1].id}"
        headers["Link"] = f'<{address}>; rel="next"'
    return Answer(200, [item(one) for one in shown], headers)


def _outcome(code: int) -> str:
    if code >= 400:
        return "failure"
    return "success" if code else ""


@endpoint("GET /app/hook/deliveries/{id}")
def _show(call: Call) -> Answer:
    one = _mine(call)
    request = {"headers": one.request_headers, "payload": one.payload}
    response = {"headers": one.response_headers, "payload": one.response}
    return Answer(200, item(one) | {"url": one.app.webhook_url, "request": request, "response": response})


@endpoint("POST /app/hook/deliveries/{id}/attempts")
def _again(call: Call) -> Answer:
    call.world.redeliver(_mine(call))
    return Answer(202, {})


def _mine(call: Call) -> Delivery:
    number = call.number("id")
    mine = (one for one in call.world.deliveries if one.app is call.app and one.done)
    return there(next((one for one in mine if one.id == number), None))


def item(one: Delivery) -> dict[str, Any]:
    """Return an attempt as the list of deliveries has it."""
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": stamp(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }

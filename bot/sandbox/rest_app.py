"""Apps, installations, deliveries, accounts: what an App asks about itself and its surroundings."""

from __future__ import annotations

from typing import Any

from bot.sandbox import auth, payloads
from bot.sandbox.clock import stamp
from bot.sandbox.events import organization
from bot.sandbox.model import Account, Installation, Repository
from bot.sandbox.permissions import within
from bot.sandbox.problems import NotFound, Refused, Unprocessable, there
from bot.sandbox.routes import Answer, Call, endpoint


@endpoint("GET /app")
def _app(call: Call) -> Answer:
    mine = sum(one.app is call.app for one in call.world.installations)
    return Answer(200, payloads.integration(call.world, call.app) | {"installations_count": mine})


@endpoint("GET /app/installations")
def _installations(call: Call) -> Answer:
    mine = [one for one in call.world.installations if one.app is call.app]
    return call.page(mine, lambda one: payloads.installation(call.world, one))


@endpoint("GET /app/installations/{id}")
def _installation(call: Call) -> Answer:
    return Answer(200, payloads.installation(call.world, _mine(call)))


def _mine(call: Call) -> Installation:
    found = call.world.installation(call.number("id"))
    if found.app is not call.app:
        raise NotFound
    return found


@endpoint("GET /repos/{owner}/{repo}/installation")
def _installation_of_repository(call: Call) -> Answer:
    repository = call.world.repository(f"{call.params['owner']}/{call.params['repo']}")
    found = next((one for one in call.world.installations_on(repository) if one.app is call.app), None)
    return Answer(200, payloads.installation(call.world, there(found)))


@endpoint("GET /orgs/{org}/installation")
def _installation_of_owner(call: Call) -> Answer:
    owner = call.world.find_account(call.params["org"])
    mine = (one for one in call.world.installations if one.app is call.app)
    found = next((one for one in mine if one.account is owner), None)
    return Answer(200, payloads.installation(call.world, there(found)))


@endpoint("POST /app/installations/{id}/access_tokens")
def _access_token(call: Call) -> Answer:
    installation = _mine(call)
    asked = call.body or {}
    permissions = dict(asked.get("permissions") or installation.app.permissions)
    if not within(permissions, installation.app.permissions):
        raise Unprocessable("The permissions requested are not granted to this installation.")
    token = auth.mint(call.world, installation, permissions, _asked_repositories(asked, installation))
    body: dict[str, Any] = {
        "token": token.text,
        "expires_at": stamp(token.expires),
        "permissions": {"metadata": "read", **permissions},
        "repository_selection": "selected",
    }
    if token.selected:
        body["repositories"] = [payloads.repository(call.world, one) for one in token.repositories]
    return Answer(201, body)


def _asked_repositories(asked: dict[str, Any], installation: Installation) -> list[Repository] | None:
    if "repository_ids" not in asked and "repositories" not in asked:
        return None
    wanted = {*asked.get("repository_ids", ()), *asked.get("repositories", ())}
    chosen = [one for one in installation.repositories if wanted & {one.id, one.name}]
    if len(chosen) < len(wanted):
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise Unprocessable(message)
    return chosen


@endpoint("DELETE /installation/token")
def _revoke(call: Call) -> Answer:
    if call.caller.token:
        del call.world.tokens[call.caller.token.text]
    return Answer(204)


@endpoint("GET /installation/repositories")
def _repositories(call: Call) -> Answer:
    token = call.caller.token
    if token is None:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
    answer = call.page(token.repositories, lambda one: payloads.repository(call.world, one), "repositories")
    answer.body["repository_selection"] = "selected"
    return answer


@endpoint("GET /app/hook/config")
def _hook_config(call: Call) -> Answer:
    shown = {"content_type": "json", "insecure_ssl": "0", "url": call.app.webhook_url}
    return Answer(200, shown | ({"secret": "********"} if call.app.webhook_secret else {}))


@endpoint("PATCH /app/hook/config")
def _set_hook_config(call: Call) -> Answer:
    call.app.webhook_url = call.get("url") or call.app.webhook_url
    call.app.webhook_secret = call.get("secret") or call.app.webhook_secret
    return _hook_config(call)


@endpoint("GET /users/{username}")
def _user(call: Call) -> Answer:
    return Answer(200, payloads.public_user(call.world, call.world.find_account(call.params["username"])))


@endpoint("GET /user")
def _myself(call: Call) -> Answer:
    if call.caller.token:
        raise Refused(403, "Resource not accessible by integration")
    return Answer(200, payloads.public_user(call.world, call.account))


@endpoint("GET /orgs/{org}/teams/{team}/memberships/{username}")
def _team_membership(call: Call) -> Answer:
    account = call.world.find_account(call.params["username"])
    if account not in _team(call):
        raise NotFound
    url = f"{call.world.url}{call.path}"
    return Answer(200, {"url": url, "role": "member", "state": "active"})


@endpoint("GET /orgs/{org}/teams/{team}/members")
def _team_members(call: Call) -> Answer:
    return call.page(_team(call), lambda one: payloads.user(call.world, one))


def _team(call: Call) -> list[Account]:
    return there(call.world.teams.get((call.params["org"].lower(), call.params["team"].lower())))


@endpoint("GET /orgs/{org}/memberships/{username}")
def _membership(call: Call) -> Answer:
    org = call.world.find_account(call.params["org"])
    account = call.world.find_account(call.params["username"])
    if account not in call.world.members.get(org.login.lower(), []):
        raise NotFound
    shown = organization(call.world, org)
    body = {"state": "active", "role": "member", "organization_url": shown["url"], "organization": shown}
    return Answer(200, body | {"url": f"{call.world.url}{call.path}", "user": payloads.user(call.world, account)})


@endpoint("GET /meta")
def _meta(_call: Call) -> Answer:
    return Answer(200, {"verifiable_password_authentication": False, "hooks": ["127.0.0.0/8"]})

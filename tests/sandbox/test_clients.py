"""Clients that know nothing of the sandbox: githubkit, PyGithub, gidgethub."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import gidgethub.aiohttp
import github
import httpx
import pytest
from gidgethub import apps
from githubkit import AppAuthStrategy, GitHub, OAuthWebAuthStrategy
from githubkit.cache import MemCacheStrategy
from githubkit.exception import RequestFailed

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import REPO

OWNER, NAME = REPO.split("/")


def as_app_of(sandbox: Sandbox, app: Registered) -> GitHub[Any]:
    """Return githubkit as the App; the usual cache would serve tokens of another test's sandbox."""
    strategy = AppAuthStrategy(app.id, app.private_key)
    cache = MemCacheStrategy()
    return GitHub(strategy, base_url=sandbox.url, http_cache=False, auto_retry=False, cache_strategy=cache)


@pytest.fixture
def kit(sandbox: Sandbox, app: Registered) -> Iterator[GitHub[Any]]:
    whole = as_app_of(sandbox, app)
    inside = whole.with_auth(whole.auth.as_installation(app.installation_id))
    with inside:
        yield inside


def test_githubkit_reads_every_answer(
    kit: GitHub[Any], sandbox: Sandbox, repo: SandboxRepository, app: Registered
) -> None:
    rest = kit.rest
    number = rest.issues.create(OWNER, NAME, title="T", body="B").parsed_data.number
    comment = rest.issues.create_comment(OWNER, NAME, number, body="hello").parsed_data
    rest.issues.update_comment(OWNER, NAME, comment.id, body="edited")
    # mypy takes `list` in githubkit's annotations for the method of that name.
    listed: Any = rest.issues.list_comments(OWNER, NAME, number)
    assert listed.parsed_data[0].body == "edited"
    rest.reactions.create_for_issue_comment(OWNER, NAME, comment.id, content="eyes")
    rest.issues.add_labels(OWNER, NAME, number, labels=["kafka"])
    assert rest.issues.get(OWNER, NAME, number).parsed_data.reactions
    found = rest.repos.get_collaborator_permission_level(OWNER, NAME, "alice").parsed_data
    assert (found.permission, found.role_name) == ("write", "write")
    head = rest.git.get_ref(OWNER, NAME, "heads/main").parsed_data.object_.sha
    rest.git.create_ref(OWNER, NAME, ref="refs/heads/topic", sha=head)
    mutation = "mutation($i: CreateCommitOnBranchInput!){ createCommitOnBranch(input: $i) { commit { oid } } }"
    given = {
        "branch": {"repositoryNameWithOwner": REPO, "branchName": "topic"},
        "expectedHeadOid": head,
        "message": {"headline": "M"},
        "fileChanges": {"additions": [{"path": "new", "contents": base64.b64encode(b"1").decode()}]},
    }
    sha = kit.graphql(mutation, {"i": given})["createCommitOnBranch"]["commit"]["oid"]
    pull = rest.pulls.create(OWNER, NAME, title="T", head="topic", base="main", body="B").parsed_data
    assert (pull.head.sha, pull.changed_files) == (sha, 1)
    files: Any = rest.pulls.list_files(OWNER, NAME, pull.number)
    assert files.parsed_data[0].filename == "new"
    rest.checks.create(OWNER, NAME, name="proof", head_sha=sha, status="completed", conclusion="success")
    assert rest.checks.list_for_ref(OWNER, NAME, sha).parsed_data.check_runs[0].conclusion == "success"
    assert rest.repos.get_commit(OWNER, NAME, sha).parsed_data.commit.verification
    assert rest.pulls.merge(OWNER, NAME, pull.number).parsed_data.merged
    assert rest.pulls.get(OWNER, NAME, pull.number).parsed_data.merged_by
    assert rest.repos.get(OWNER, NAME).parsed_data.full_name == REPO
    assert rest.apps.list_repos_accessible_to_installation().parsed_data.total_count == 1
    assert rest.users.get_by_username("kafka-access[bot]").parsed_data.type == "Bot"
    with pytest.raises(RequestFailed):
        rest.issues.get(OWNER, NAME, 99)


def test_githubkit_as_the_app(sandbox: Sandbox, app: Registered, repo: SandboxRepository) -> None:
    with as_app_of(sandbox, app) as kit:
        sandbox.wait_for_deliveries()
        assert kit.rest.apps.get_authenticated().parsed_data
        assert kit.rest.apps.list_installations().parsed_data[0].id == app.installation_id
        first = kit.rest.apps.list_webhook_deliveries().parsed_data[0]
        assert kit.rest.apps.get_webhook_delivery(first.id).parsed_data.request.payload
        kit.rest.apps.redeliver_webhook_delivery(first.id)
        sandbox.wait_for_deliveries()


def test_githubkit_in_the_name_of_a_person(sandbox: Sandbox, repo: SandboxRepository, app: Registered) -> None:
    hidden = sandbox.repository("lsst-sqre/hidden", private=True)
    back = "http://127.0.0.1:1/back"
    sandbox.set_callback(app.slug, back)
    form = {"client_id": app.client_id, "login": "alice", "state": "s"}
    agreed = httpx.post(f"{sandbox.url}/login/oauth/authorize", data=form)
    code = parse_qs(urlsplit(agreed.headers["Location"]).query)["code"][0]
    strategy = OAuthWebAuthStrategy(app.client_id, app.client_secret, code, back)
    with GitHub(strategy, base_url=sandbox.url, http_cache=False, auto_retry=False) as kit:
        assert kit.rest.users.get_authenticated().parsed_data.login == "alice"
        assert kit.rest.repos.get(OWNER, NAME).parsed_data.full_name == REPO
        kit.rest.issues.create(OWNER, NAME, title="T")
        for full_name in (hidden.full_name, "lsst-sqre/none"):
            with pytest.raises(RequestFailed) as unseen:
                kit.rest.repos.get(*full_name.split("/"))
            assert unseen.value.response.status_code == 404
        assert strategy.expire_time
    in_time = GitHub(strategy.token, base_url=sandbox.url, http_cache=False, auto_retry=False)
    with in_time as kit:
        sandbox.clock.advance(8 * 3600)
        with pytest.raises(RequestFailed) as ended:
            kit.rest.users.get_authenticated()
        assert ended.value.response.status_code == 401


def test_pygithub(sandbox: Sandbox, app: Registered, repo: SandboxRepository) -> None:
    auth = github.Auth.AppAuth(app.id, app.private_key)
    with github.GithubIntegration(
        auth=auth, base_url=sandbox.url, seconds_between_requests=None, seconds_between_writes=None
    ) as integration:
        assert integration.get_repo_installation(OWNER, NAME).id == app.installation_id
        with integration.get_github_for_installation(app.installation_id) as whole:
            found = whole.get_repo(REPO)
            assert found.get_collaborator_role_name("alice") == "write"
            issue = found.create_issue("T", body="B", labels=["kafka"])
            comments = [issue.create_comment(f"{number}") for number in range(35)]
            assert [one.id for one in issue.get_comments()] == [one.id for one in comments]
            comments[0].create_reaction("rocket")
            comments[0].edit("edited")
            head = found.get_branch("main").commit
            blob = github.InputGitTreeElement("a/b", "100644", "blob", content="x")
            tree = found.create_git_tree([blob], head.commit.tree)
            commit = found.create_git_commit("M", tree, [head.commit])
            ref = found.create_git_ref("refs/heads/topic", commit.sha)
            pull = found.create_pull(base="main", head="topic", title="T", body="B")
            assert [one.filename for one in pull.get_files()] == ["a/b"]
            assert found.get_pulls(state="open", head=f"{OWNER}:topic").totalCount == 1
            pull.edit(state="closed")
            ref.delete()
            assert not found.get_pull(pull.number).merged
            done = found.create_check_run("x", head.sha, status="in_progress")
            done.edit(conclusion="success", output={"title": "T", "summary": "S"})
    assert [content for _, content in repo.reactions(comments[0].id)] == ["rocket"]


async def test_gidgethub(sandbox: Sandbox, app: Registered, repo: SandboxRepository) -> None:
    number = repo.open_issue("alice", "T")
    for text in range(40):
        repo.comment(number, "alice", f"{text}")
    async with aiohttp.ClientSession() as session:
        client = gidgethub.aiohttp.GitHubAPI(session, "tests", base_url=sandbox.url)
        minted = await apps.get_installation_access_token(
            client, installation_id=str(app.installation_id), app_id=str(app.id), private_key=app.private_key
        )
        inside = gidgethub.aiohttp.GitHubAPI(session, "tests", base_url=sandbox.url, oauth_token=minted["token"])
        found = [one["body"] async for one in inside.getiter(f"/repos/{REPO}/issues/{number}/comments")]
        assert found == [str(text) for text in range(40)]
        assert inside.rate_limit
        with pytest.raises(gidgethub.BadRequest) as missing:
            await inside.getitem(f"/repos/{REPO}/issues/99")
        assert missing.value.status_code == 404
        with pytest.raises(gidgethub.ValidationError):
            await inside.post(f"/repos/{REPO}/issues/{number}/comments", data={"body": "x" * 65_537})
        await inside.post(f"/repos/{REPO}/issues/{number}/comments", data={"body": "x"})
    assert len(repo.comments(number)) == 41

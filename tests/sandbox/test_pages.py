from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.markdown import render
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import MANIFEST, REPO, Api, Listener, signed


@pytest.fixture
def browser(sandbox: Sandbox, repo: SandboxRepository) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"Origin": sandbox.url}, follow_redirects=True) as found:
        yield found


def test_from_an_issue_to_a_merge(
    browser: httpx.Client, repo: SandboxRepository, sandbox: Sandbox, app: Registered, api: Api
) -> None:
    assert f'href="/{REPO}"' in browser.get("/").text
    opened = browser.post(
        f"/{REPO}/issues", data={"login": "alice", "title": "Access, please", "body": "/kafka-access"}
    )
    assert urlsplit(str(opened.url)).path == f"/{REPO}/issues/1"
    assert "Access, please" in opened.text
    commented = browser.post(f"/{REPO}/issues/1/comments", data={"login": "rita", "body": "**soon?**"})
    assert "<strong>soon?</strong>" in commented.text
    (comment,) = repo.comments(1)
    api.ask("POST", f"/repos/{REPO}/issues/comments/{comment['id']}/reactions", {"content": "eyes"}, 201)
    api.ask("POST", f"/repos/{REPO}/issues/1/comments", {"body": "working"}, 201)
    seen = browser.get(f"/{REPO}/issues/1").text
    assert "👀 1" in seen
    assert "kafka-access[bot]" in seen
    browser.post(f"/{REPO}/comments/{comment['id']}", data={"login": "rita", "body": "now"})
    assert repo.comments(1)[0]["body"] == "now"

    sha = repo.push("alice", "topic", {"README.md": b"# Phalanx\n\nmore & <b>\n"})
    number = repo.open_pull("alice", "topic", "main", "Change", "| a |\n|---|\n| b |")
    run = {"name": "proof", "head_sha": sha, "conclusion": "success", "output": {"title": "Proved", "summary": "_all_"}}
    run_id = api.ask("POST", f"/repos/{REPO}/check-runs", run, 201)["id"]
    page = browser.get(f"/{REPO}/issues/{number}")
    assert urlsplit(str(page.url)).path == f"/{REPO}/pull/{number}"
    for part in ("<td>b</td>", "Proved", "more &amp; &lt;b&gt;", 'class="plus"', sha[:7]):
        assert part in page.text
    assert "<em>all</em>" in browser.get(f"/{REPO}/runs/{run_id}").text
    assert "more &amp; &lt;b&gt;" in browser.get(f"/{REPO}/commit/{sha}").text
    assert browser.get(f"/{REPO}/pull/{number}.diff").text.startswith(
        "diff --git a/README.md b/README.md\n--- a/README.md"
    )
    reviews = f"/{REPO}/pull/{number}/reviews"
    refused = browser.post(reviews, data={"login": "alice", "event": "APPROVE"})
    assert (refused.status_code, "Can not approve your own" in refused.text) == (422, True)
    assert "approved" in browser.post(reviews, data={"login": "rita", "event": "APPROVE"}).text
    (review,) = api.ask("GET", f"/repos/{REPO}/pulls/{number}/reviews")
    assert browser.post(f"{reviews}/{review['id']}", data={"login": "rita"}).status_code == 403
    assert "dismissed" in browser.post(f"{reviews}/{review['id']}", data={"login": "alice"}).text
    merged = browser.post(f"/{REPO}/pull/{number}/merge", data={"login": "alice", "sha": sha})
    assert "Merged" in merged.text
    assert repo.file("main", "README.md") == b"# Phalanx\n\nmore & <b>\n"
    browser.post(f"/{REPO}/issues/1/state", data={"login": "alice", "state": "closed"})
    assert repo.issue(1)["state"] == "closed"
    sandbox.wait_for_deliveries()
    assert {"issues", "issue_comment", "pull_request", "push"} <= {one.event for one in sandbox.deliveries}


def test_verified_commits_are_marked(browser: httpx.Client, api: Api, repo: SandboxRepository) -> None:
    made = {"message": "M", "content": "MQ==", "branch": "main"}
    sha = api.ask("PUT", f"/repos/{REPO}/contents/new", made, 201)["commit"]["sha"]
    assert "Verified" in browser.get(f"/{REPO}/commit/{sha}").text
    other = repo.push("alice", "main", {"x": b"x"})
    assert "Verified" not in browser.get(f"/{REPO}/commit/{other}").text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("issues", {"login": "alice", "title": ""}, 422),
        ("issues", {"login": "", "title": "T"}, 422),
        ("issues", {"login": "kafka-access[bot]", "title": "T"}, 422),
        ("issues", {"login": "lsst-sqre", "title": "T"}, 422),
        ("issues/1/comments", {"login": "alice", "body": " "}, 422),
        ("issues/1/state", {"login": "rita", "state": "closed"}, 403),
        ("issues/99/comments", {"login": "alice", "body": "x"}, 404),
        ("pull/2/merge", {"login": "rita"}, 403),
        ("pull/2/merge", {"login": "alice", "sha": "0" * 40}, 409),
    ],
    ids=str,
)
def test_what_people_may_not(
    browser: httpx.Client, repo: SandboxRepository, app: Registered, path: str, form: dict[str, str], status: int
) -> None:
    repo.open_issue("alice", "T")
    repo.push("alice", "topic", {"x": b"x"})
    repo.open_pull("alice", "topic", "main", "T")
    answer = browser.post(f"/{REPO}/{path}", data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert [repo.issue(number)["state"] for number in (1, 2)] == ["open", "open"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_forms_of_other_sites_are_refused(browser: httpx.Client, repo: SandboxRepository, origin: str) -> None:
    form = {"login": "alice", "title": "T"}
    assert browser.post(f"/{REPO}/issues", data=form, headers={"Origin": origin}).status_code == 403
    assert repo.open_issue("alice", "T") == 1


def test_nothing_that_a_comment_says_is_run(browser: httpx.Client, repo: SandboxRepository) -> None:
    text = "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) <details open>"
    number = repo.open_issue("alice", "<script>alert(2)</script>", text)
    answer = browser.get(f"/{REPO}/issues/{number}")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "alert(2)</script>" not in answer.text
    assert set(re.findall(r"<script[^>]*>", answer.text)) == {'<script src="/-/live.js" defer>'}
    assert "<img src=x" not in answer.text
    assert 'href="javascript' not in answer.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!-- kafka-access: 1 -->\n\ntext", "\n<p>text</p>\n"),
        ("a <!-- hidden\nlines --> b", "<p>a  b</p>\n"),
        (
            "<details><summary>More</summary>\n\n*x*\n\n</details>",
            "<details><summary>More</summary>\n<p><em>x</em></p>\n</details>",
        ),
        ("<details onclick=x>", "&lt;details onclick=x&gt;"),
        ("x <b onclick='x'>y</b>", "<p>x &lt;b onclick=&#x27;x&#x27;&gt;y&lt;/b&gt;</p>\n"),
        ("see #12, `#1` and a#1", '<p>see <a href="/o/r/issues/12">#12</a>, <code>#1</code> and a#1</p>\n'),
        ("[#1](/x)", '<p><a href="/x">#1</a></p>\n'),
        ('http://x.org/a?b=1&c".', '<p><a href="http://x.org/a?b=1&amp;c">http://x.org/a?b=1&amp;c</a>&quot;.</p>\n'),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("```mermaid\na-->b\n```", '<pre><code class="language-mermaid">a--&gt;b\n</code></pre>\n'),
        (None, ""),
    ],
    ids=repr,
)
def test_markdown(text: str | None, shown: str) -> None:
    assert render(text, "o/r") == shown


def test_static_files_and_pictures(browser: httpx.Client, repo: SandboxRepository, api: Api) -> None:
    assert browser.get("/-/style.css").headers["content-type"] == "text/css"
    assert "setInterval" in browser.get("/-/live.js").text
    picture = urlsplit(api.ask("GET", "/users/alice")["avatar_url"]).path
    assert browser.get(picture).headers["content-type"].startswith("image/svg+xml")
    for path in ("/avatars/1", f"/{REPO}/issues/99", "/no/repository", f"/{REPO}/commit/{'0' * 40}", f"/{REPO}/runs/1"):
        assert browser.get(path).status_code == 404


def manifest(listener: Listener, **changes: Any) -> dict[str, str]:
    found = {
        **MANIFEST,
        "name": "Kafka Access",
        "url": "https://example.com",
        "redirect_url": "http://127.0.0.1:1/setup/done",
        "setup_url": "http://127.0.0.1:1/setup/installed?x=1",
        "hook_attributes": {"url": listener.url},
        **changes,
    }
    return {"manifest": json.dumps(found)}


def test_an_app_is_registered_and_installed(
    browser: httpx.Client, sandbox: Sandbox, repo: SandboxRepository, listener: Listener
) -> None:
    elsewhere = {"Origin": "http://127.0.0.1:1"}
    page = browser.post("/settings/apps/new?state=abc", data=manifest(listener), headers=elsewhere)
    assert "issues: write" in page.text
    form = dict(re.findall(r'name="(manifest|state|name)"[^>]* value="([^"]*)"', page.text))
    form["manifest"] = form["manifest"].replace("&#34;", '"')
    assert browser.post("/settings/apps/create", data=form, headers=elsewhere).status_code == 403
    created = browser.post("/settings/apps/create", data=form, follow_redirects=False)
    address = urlsplit(created.headers["Location"])
    query = parse_qs(address.query)
    assert (address.path, query["state"]) == ("/setup/done", ["abc"])

    with Api(sandbox.url, None) as nobody:
        code = query["code"][0]
        made = nobody.ask("POST", f"/app-manifests/{code}/conversions", status=201)
        nobody.ask("POST", f"/app-manifests/{code}/conversions", status=404)
    assert made["slug"] == "kafka-access"
    assert len(made["webhook_secret"]) >= 32

    place = urlsplit(made["html_url"]).path + "/installations/new"
    assert REPO in browser.get(place).text
    installed = browser.post(place, data={f"repository-{repo.id}": "on"}, follow_redirects=False)
    assert re.fullmatch(
        r"http://127\.0\.0\.1:1/setup/installed\?x=1&installation_id=\d+&setup_action=install",
        installed.headers["Location"],
    )
    repo.open_issue("alice", "T")
    sandbox.wait_for_deliveries()
    assert listener.events() == ["installation", "issues"]
    assert REPO in browser.get("/apps/kafka-access").text

    registered = Registered(made["id"], "", "", made["pem"], "", 0, "")
    with Api(sandbox.url, signed(registered)) as as_app:
        assert as_app.ask("GET", "/app")["name"] == "Kafka Access"


@pytest.mark.parametrize(
    "changes", [{"url": None}, {"redirect_url": "javascript:x"}, {"hook_attributes": None}], ids=str
)
def test_a_manifest_that_lacks_something(browser: httpx.Client, listener: Listener, changes: dict[str, Any]) -> None:
    assert browser.post("/settings/apps/new", data=manifest(listener, **changes)).status_code == 422


def test_a_code_is_good_for_an_hour(browser: httpx.Client, sandbox: Sandbox, listener: Listener) -> None:
    form = {**manifest(listener), "name": "Kafka Access"}
    created = browser.post("/settings/apps/create", data=form, follow_redirects=False)
    code = parse_qs(urlsplit(created.headers["Location"]).query)["code"][0]
    assert browser.post("/settings/apps/create", data=form).status_code == 422, "the name is taken"
    sandbox.clock.advance(3601)
    with Api(sandbox.url, None) as nobody:
        nobody.ask("POST", f"/app-manifests/{code}/conversions", status=404)


VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:1/back"
RIGHT = {"redirect_uri": BACK, "code_verifier": VERIFIER}


def authorized(browser: httpx.Client, app: Registered, **fields: str) -> dict[str, list[str]]:
    """Return what an App gets back from somebody who was asked."""
    form = {"client_id": app.client_id, "redirect_uri": BACK, "state": "s", "login": "alice", **fields}
    response = browser.post("/login/oauth/authorize", data=form, follow_redirects=False)
    address = urlsplit(response.headers["Location"])
    assert address._replace(query="").geturl() == BACK
    return parse_qs(address.query)


def test_a_person_lets_an_app_know_who_they_are(browser: httpx.Client, sandbox: Sandbox, app: Registered) -> None:
    sandbox.set_callback(app.slug, BACK)
    asked = {"client_id": app.client_id, "redirect_uri": BACK, "state": "s", "code_challenge": CHALLENGE}
    page = browser.get("/login/oauth/authorize", params={**asked, "code_challenge_method": "S256"})
    assert f'name="code_challenge" value="{CHALLENGE}"' in page.text
    assert browser.get("/login/oauth/authorize", params={**asked, "code_challenge_method": "plain"}).status_code == 400
    assert browser.get("/login/oauth/authorize", params={"client_id": "Iv23.none"}).status_code == 404
    elsewhere = {**asked, "redirect_uri": "http://127.0.0.1:1/elsewhere"}
    sent = browser.get("/login/oauth/authorize", params=elsewhere, follow_redirects=False).headers["Location"]
    assert parse_qs(urlsplit(sent).query)["error"] == ["redirect_uri_mismatch"]
    assert browser.post("/login/oauth/authorize", data=elsewhere).status_code == 400
    assert authorized(browser, app, cancel="1") == {
        "error": ["access_denied"],
        "error_description": ["The user has denied your application access."],
        "state": ["s"],
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, ""),
        ({"redirect_uri": None}, ""),
        ({"client_id": "Iv23.none"}, "incorrect_client_credentials"),
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),
        ({"client_secret": None}, "incorrect_client_credentials"),
        ({"code": "wrong"}, "bad_verification_code"),
        ({"code_verifier": "w" * 43}, "bad_verification_code"),
        ({"code_verifier": None}, "bad_verification_code"),
        ({"redirect_uri": "http://127.0.0.1:1/"}, "redirect_uri_mismatch"),
    ],
    ids=str,
)
def test_a_code_is_exchanged_once_and_in_time(
    browser: httpx.Client, sandbox: Sandbox, app: Registered, changes: dict[str, str | None], error: str
) -> None:
    sandbox.set_callback(app.slug, BACK)
    client = {"client_id": app.client_id, "client_secret": app.client_secret}

    def exchanged(**other: str | None) -> dict[str, Any]:
        form = {name: value for name, value in {**client, **RIGHT, **other}.items() if value is not None}
        answer = browser.post("/login/oauth/access_token", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == 200, "refusals too"
        found: dict[str, Any] = answer.json()
        return found

    (code,) = authorized(browser, app, code_challenge=CHALLENGE)["code"]
    found = exchanged(**{"code": code, **changes})
    assert found.get("error", "") == error
    if error:
        assert "access_token" not in found
        return
    assert found["access_token"].startswith("ghu_")
    assert (found["token_type"], found["scope"], found["expires_in"]) == ("bearer", "", 28800)
    assert exchanged(code=code)["error"] == "bad_verification_code"
    (late,) = authorized(browser, app, code_challenge=CHALLENGE)["code"]
    sandbox.clock.advance(601)
    assert exchanged(code=late)["error"] == "bad_verification_code"

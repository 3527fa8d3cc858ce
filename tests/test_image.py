"""The Dockerfile, read and tried as far as it goes without a container engine."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.settings import Basics
from bot.web.app import alive

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Step:
    word: str
    rest: str


def steps(text: str) -> list[Step]:
    """Return the instructions, continued lines joined, comments left out."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


STEPS = steps((ROOT / "Dockerfile").read_text())
FINAL = STEPS[max(number for number, step in enumerate(STEPS) if step.word == "FROM") :]


def said(word: str, among: list[Step] = FINAL) -> list[str]:
    return [step.rest for step in among if step.word == word]


def copied() -> list[str]:
    """Return the paths that are copied from this project."""
    return [path for rest in said("COPY", STEPS) if "--from" not in rest for path in rest.split()[:-1]]


def test_two_stages_of_the_same_base() -> None:
    bases = [rest.split()[0] for rest in said("FROM", STEPS)]
    assert bases == ["python:3.13-slim-trixie"] * 2
    assert said("COPY") == ["--from=build /opt/kafka-access /opt/kafka-access"]


def test_it_runs_as_nobody_in_particular() -> None:
    (user,) = said("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that Kubernetes can see that it is not root"
    assert f"--uid {user.split(':', maxsplit=1)[0]} " in said("RUN")[0]
    assert [step.word for step in FINAL].index("USER") > [step.word for step in FINAL].index("RUN")


def test_what_it_starts_and_how_it_stops() -> None:
    assert json.loads(said("ENTRYPOINT")[0]) == ["kafka-access"]
    assert json.loads(said("CMD")[0]) == ["serve"]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert said("EXPOSE") == [str(Basics.model_fields["port"].default)]


def test_git_is_inside_and_build_tools_are_not() -> None:
    (run,) = said("RUN")
    packages = re.search(r"install --yes --no-install-recommends ([a-z -]+?) *&&", run)
    assert packages is not None
    assert packages[1].split() == ["ca-certificates", "git"]
    assert "pip uninstall --yes pip" in run
    assert "pip uninstall --yes pip" in said("RUN", STEPS)[-2]
    assert "rm -rf /var/lib/apt/lists/*" in run
    helm = [
        one for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"] if "helm" in one
    ]
    assert helm, "Helm comes with the packages"


def test_the_state_is_a_volume_that_the_settings_name() -> None:
    variables = dict(one.split("=", 1) for one in said("ENV")[0].split())
    (volume,) = said("VOLUME")
    assert variables["KAFKA_ACCESS_STATE_DIR"] == volume
    assert variables["KAFKA_ACCESS_SETTINGS"].startswith(f"{volume}/")
    assert variables["KAFKA_ACCESS_HOST"] == "0.0.0.0"
    known = {f"KAFKA_ACCESS_{name.upper()}" for name in (*Basics.model_fields, "settings")}
    assert {name for name in variables if name.startswith("KAFKA_ACCESS_")} <= known


def test_nothing_secret_is_written_down() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not said("ARG", STEPS)
    assert not re.search(r"(?i)(secret|token|password|private_key|BEGIN)", text)


def test_what_the_wheel_is_made_of_is_copied_and_not_ignored() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = [*wheel["force-include"], *wheel["packages"], project["project"]["readme"], "LICENSE", "pyproject.toml"]
    assert sorted(copied()) == sorted(sources)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    for path in copied():
        assert (ROOT / path).exists(), path
        assert path in allowed, path
    assert sorted(allowed) == sorted(copied())


@pytest.mark.parametrize("path", ["kafka-access.env", "bot/kafka-access.env", "rules/key.pem"])
def test_credentials_that_lie_about_do_not_get_in(path: str) -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    last = [rule for rule in rules if fnmatch(path, rule.lstrip("!").replace("**/", "*")) or rule.lstrip("!") in path]
    assert not last[-1].startswith("!")


async def test_the_health_check_tells_alive_from_dead(
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]], unused_tcp_port: int
) -> None:
    app = web.Application()
    app.router.add_get("/healthz", alive)
    server = await aiohttp_server(app)
    program, *arguments = json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])
    assert program == "python"
    for port, healthy in ((server.port, True), (unused_tcp_port, False)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env={"KAFKA_ACCESS_PORT": str(port)}, stderr=asyncio.subprocess.PIPE
        )
        await process.communicate()
        assert (process.returncode == 0) is healthy

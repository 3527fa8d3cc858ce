"""`kafka-access demo` as a process of its own: its exit status, what it shows, and what it leaves behind."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo.show import painted, plain, readable
from bot.demo.stage import Stage, demo_tree
from bot.demo.watch import Closed, Proposed, Said, Watch
from bot.jobs.store import Store
from bot.sandbox.local import running
from tests.support.tree import digests, replace

ROOT = Path(__file__).parent.parent
MYAPP = "/kafka-access myapp topic=lsst.square-events.myapp.ingest:read,write"
PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


def environment(folder: Path) -> dict[str, str]:
    """A machine with nothing set up, but for what would lead a careless demonstration to a real bot."""
    (folder / "home").mkdir()
    (folder / "tmp").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "KAFKA_ACCESS_DATABASE_URL": "postgresql://bot:secret@database.example.org/real",
        "KAFKA_ACCESS_API_URL": "not even an address",
        "KAFKA_ACCESS_RULES": "/nonexistent",
    }


def demo(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "demo", *map(str, arguments)],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def is_left_clean(folder: Path) -> bool:
    return not list((folder / "tmp").iterdir()) and not list((folder / "home").iterdir())


def port_is_free(output: str) -> bool:
    found = PORT.search(output)
    assert found is not None, output
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", int(found[1]))) != 0


def test_one_comment_becomes_a_pull_request_before_ones_eyes(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    places = [
        done.stdout.find(words)
        for words in (
            "alice  on #1",
            "kafka-access[bot]  👀",
            "opens pull request #2: Give myapp access to Kafka",
            "diff --git a/applications/myapp/templates/deployment.yaml",
            '+            - name: "KAFKA_BOOTSTRAP_SERVERS"',
            "kafka-access[bot]  on #1",
            "Opened pull request #2: myapp gains read and write",
            "kafka-access[bot]  🚀",
            "Answered after",
        )
    ]
    assert -1 not in places, done.stdout
    assert places == sorted(places)
    assert "kafka-access-state" not in done.stdout, "what is hidden on a page is hidden here"
    assert "\x1b" not in done.stdout
    assert is_left_clean(tmp_path)
    assert port_is_free(done.stdout)


REFUSED = {
    "topic of everybody": ("/kafka-access myapp topic=*:read", "a rule on every topic is not given out"),
    "one of two": (f"{MYAPP}\n\n/kafka-access mypp topic=lsst.x:read", "there is no application mypp"),
}


@pytest.mark.parametrize(("comment", "says"), REFUSED.values(), ids=[*REFUSED])
def test_a_refusal_ends_with_two(comment: str, says: str, tmp_path: Path) -> None:
    done = demo(tmp_path, "--once", comment)
    assert (done.returncode, done.stderr) == (2, "")
    assert says in done.stdout
    assert "kafka-access[bot]  😕" in done.stdout


def test_a_comment_without_a_command_is_not_played(tmp_path: Path) -> None:
    done = demo(tmp_path, "--once", "please give myapp access")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no command in this comment" in done.stderr


def test_a_tree_of_ones_own_is_copied(tree: Path, tmp_path: Path) -> None:
    replace(tree, "applications/myapp/templates/deployment.yaml", "MYAPP_BASE_URL", "OWN_BASE_URL")
    before = digests(tree)
    (tmp_path / "run").mkdir()
    done = demo(tmp_path / "run", "--once", "--repo", tree, MYAPP)
    assert done.returncode == 0, done.stderr
    assert ' - name: "OWN_BASE_URL"' in done.stdout
    assert digests(tree) == before


SURROUNDINGS: dict[str, tuple[Sequence[str], str]] = {
    "no such folder": (["--repo", "nowhere"], "nowhere"),
    "no rules": (["--rules", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize(("arguments", "says"), SURROUNDINGS.values(), ids=[*SURROUNDINGS])
def test_the_surroundings_end_with_three(arguments: Sequence[str], says: str, tmp_path: Path) -> None:
    done = demo(tmp_path, "--once", *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    assert says in done.stderr
    assert is_left_clean(tmp_path)


def test_a_port_that_is_taken_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = demo(tmp_path, "--once", "--port", port)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert f"cannot listen on port {port}" in done.stderr
    assert "--port" in done.stderr
    assert is_left_clean(tmp_path)


def test_only_what_a_page_would_show_is_read() -> None:
    text = (
        "<!-- hidden\nmark -->\nHello\n\n<details><summary>Rendered in a &amp; b</summary>\n\n1\n2\n\n</details>\n\nend"
    )
    assert readable(text) == "Hello\n\n▸ *Rendered in a & b: 2 lines, folded*\n\nend"


def test_what_is_shown_does_not_command_the_terminal() -> None:
    assert plain("a\x1b[2Jb\r\nc\x07\td\u202e") == "a�[2Jb\nc�\td�"
    assert painted("diff --git a/x b/x\n+\x1b]0;title\x07\n").plain == "diff --git a/x b/x\n+�]0;title�\n"


def test_what_happens_twice_is_shown_twice(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox, closing(Store(f"sqlite:///{tmp_path}/none.sqlite")) as jobs:
        home = sandbox.repository("lsst-sqre/phalanx", demo_tree())
        watch = Watch(Stage(sandbox, home, "nobody[bot]", jobs))
        number = home.open_issue("alice", "Kafka", "please")
        assert [*watch.look()] == [Said(number, number, "alice", "please", "Kafka")]
        comments = [home.comment(number, "alice", "again") for _ in range(2)]
        assert [*watch.look()] == [Said(number, comment, "alice", "again") for comment in comments]
        assert [*watch.look()] == []
        home.push("alice", "mine", {"new.txt": b"new\n"})
        pull = home.open_pull("alice", "mine", "main", "A file", "for you")
        (proposed,) = watch.look()
        assert isinstance(proposed, Proposed)
        assert (proposed.number, proposed.title) == (pull, "A file")
        assert "+new\n" in proposed.diff
        home.merge(pull, "bob")
        assert Closed(pull, merged=True) in [*watch.look()]


class Terminal:
    """A program at a terminal, with somebody who reads and presses keys."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = ""
        # Where the tests run in the background of a shell, it has them ignore Ctrl-C, and children inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", *arguments],
            cwd=folder,
            env=environment(folder) | {"TERM": "xterm-256color", "COLUMNS": "100"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def reads(self, words: str, within: float = 60.0) -> None:
        """Wait until the words are on the screen."""
        deadline = time.monotonic() + within
        while words not in self.output:
            assert time.monotonic() < deadline, self.output
            assert self._read(), self.output

    def ended(self, within: float = 60.0) -> int:
        """Read on to the end and return the exit status."""
        deadline = time.monotonic() + within
        while self._read():
            assert time.monotonic() < deadline, self.output
        os.close(self._master)
        return self.process.wait(10)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 1)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so where nobody has the other side any more
            return False
        self.output += data.decode("utf-8", "replace")
        return bool(data)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_at_a_terminal_it_stays_until_somebody_ends_it(number: signal.Signals, status: int, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.reads("Ctrl-C ends it")
    assert "\x1b[32m+" in terminal.output, "the diff is coloured"
    terminal.process.send_signal(number)
    assert terminal.ended() == status, terminal.output
    assert "Traceback" not in terminal.output
    assert is_left_clean(tmp_path)
    assert port_is_free(terminal.output)


def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.reads("heard")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.ended() == 130, terminal.output
    assert "Traceback" not in terminal.output
    assert is_left_clean(tmp_path)

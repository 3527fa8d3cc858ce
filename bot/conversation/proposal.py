"""What the branch of a pull request should hold: the newest main, all of its commands, and what people added to it.

Level-triggered: however it came to be asked for, the same main, commands and branch give the same proposal.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.checkout.files import Files, write_all
from bot.checkout.mirror import Mirror
from bot.checkout.trees import Blob
from bot.commands.model import Command
from bot.conversation.requests import WRITING, again
from bot.conversation.state import State
from bot.errors import UserError
from bot.phalanx.environments import domain, environments
from bot.pipeline import Prover, answer_one, skip
from bot.policy.rules import Rules
from bot.proof.model import Status
from bot.reporting.answer import Answer
from bot.reporting.environments import Deployment, deployment


class PeopleConflict(UserError):
    """What people pushed to the branch and what the bot would write there contradict each other."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"what people have changed on the branch conflicts with this in {', '.join(paths)}",
            "change these files back on the branch, or type /kafka-access cancel on the pull request and ask again",
        )


class NoLongerPossible(UserError):
    """An earlier command of the pull request is refused on the newest main, or refuted by the proof there."""

    def __init__(self, answer: Answer) -> None:
        said = answer.command.text if answer.command else ""
        why = answer.refusal.text if answer.refusal else "the proof says that more would change than was asked for"
        super().__init__(
            f"`{said}`, which the pull request answers, no longer works on the newest main: {why}",
            "type /kafka-access cancel on the pull request and ask again",
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a branch should hold.

    `tree` is all of it, `own` is it without what people changed. `answers` are those of the new commands, `accepted`
    all commands that the tree answers with their answers; `changes` lead from the branch's head where that has the
    newest main already (`contained`), else from main.
    """

    main: str
    main_tree: str
    contained: bool
    tree: str
    own: str
    changes: dict[str, Blob | None]
    answers: tuple[Answer, ...]
    accepted: tuple[Answer, ...]
    kept: tuple[str, ...]
    deployed: Deployment

    @property
    def commands(self) -> tuple[str, ...]:
        """The lines of all that the tree answers."""
        return tuple(one.command.text for one in self.accepted if one.command is not None)

    @property
    def is_nothing(self) -> bool:
        """Whether main holds all of it."""
        return self.tree == self.main_tree


def propose(
    mirror: Mirror,
    rules: Rules,
    prove: Prover,
    main: str,
    head: str | None,
    state: State | None,
    commands: Sequence[Command | UserError],
) -> Proposal:
    """Think the pull request through that answers the commands of `state` and then these, or what is wrong with them.

    `main` and `head` (of the branch, if there is one) are commits in the mirror. Raises PeopleConflict,
    NoLongerPossible, and TryLater of the rooms below.
    """
    earlier = again(state.commands) if state else []
    main_tree = mirror.history.tree(main)
    with mirror.worktree(main) as root:
        before = [answer_one(root, one, rules, prove, write_all) for one in earlier]
        for one in before:
            if one.refusal is not None or one.proof.status is Status.REFUTED:
                raise NoLongerPossible(one)
        new = [answer_one(root, one, rules, prove, write_all) for one in commands]
        files = Files(root)
        domains = {name: domain(files, name) for name in environments(files)}
    accepted = [one for one in before if _is_written(one)]
    accepted += [one for one in new if _is_written(one) and one not in accepted]
    ours = mirror.trees.write(main, _contents(accepted))
    tree, kept = _with_people(mirror, rules, ours, head, state)
    contained = head is not None and mirror.history.is_ancestor(main, head)
    return Proposal(
        main,
        main_tree,
        contained,
        tree,
        ours,
        mirror.trees.changes(head if head is not None and contained else main, tree),
        tuple(new),
        tuple(accepted),
        kept,
        deployment(accepted, domains),
    )


def _is_written(answer: Answer) -> bool:
    plan = answer.plan
    if plan is None or not plan.changes or answer.refusal is not None:
        return False
    return plan.command.verb in WRITING and answer.proof.status is not Status.REFUTED


def _contents(answers: Sequence[Answer]) -> dict[str, bytes | None]:
    return {change.path: change.after for one in answers if one.plan for change in one.plan.changes}


def _with_people(
    mirror: Mirror, rules: Rules, ours: str, head: str | None, state: State | None
) -> tuple[str, tuple[str, ...]]:
    """Return our tree with what people changed on the branch, and the paths of that.

    Their changes are what the branch has more than our own last tree. If that is not the branch's tree as it is, it
    is made again from the commands and the commit that it was planned on.
    """
    if head is None or state is None or mirror.history.tree(head) == state.tree:
        return ours, ()
    with mirror.worktree(state.base) as root:
        last = [answer_one(root, one, rules, skip, write_all) for one in again(state.commands)]
    base = mirror.history.commit(mirror.trees.write(state.base, _contents(last)), state.base)
    theirs = mirror.history.commit(mirror.history.tree(head), base)
    merged = mirror.history.merge(mirror.history.commit(ours, base), theirs)
    if merged.tree is None:
        raise PeopleConflict(merged.conflicts)
    return merged.tree, mirror.trees.changed(ours, merged.tree)


def to_json(changes: dict[str, Blob | None]) -> dict[str, Any]:
    """Return changes as a job keeps them."""
    return {
        path: None if blob is None else {"mode": blob.mode, "data": b64encode(blob.data).decode()}
        for path, blob in changes.items()
    }


def from_json(data: dict[str, Any]) -> dict[str, Blob | None]:
    """Return what `to_json` wrote."""
    return {path: None if one is None else Blob(b64decode(one["data"]), one["mode"]) for path, one in data.items()}

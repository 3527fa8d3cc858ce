"""What has been found so far, environment by environment, and the proof that it comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.proof.compare import Comparison
from bot.proof.model import Differing, Outcome, Printed, Problem, Proof, Status


class Findings:
    """Collects outcomes, problems and notes; one refutation refutes the whole."""

    def __init__(self) -> None:
        self.refuted = False
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self.compared: list[Printed] = []
        self._differing: defaultdict[str, list[Differing]] = defaultdict(list)
        self._places: defaultdict[str, list[str]] = defaultdict(list)

    def outcome(self, environment: str, outcome: Outcome) -> None:
        """Keep the gravest outcome of an environment."""
        before = self.outcomes.get(environment, Outcome.PROVED)
        self.outcomes[environment] = max(before, outcome, key=list(Outcome).index)

    def refute(self, environment: str, problems: Sequence[str]) -> None:
        """Refute the change for these problems, in an environment or (empty) in none; without any do nothing."""
        if problems:
            self.refuted = True
            self.problems += [Problem(environment, text) for text in problems]
            if environment:
                self.outcome(environment, Outcome.REFUTED)

    def cannot_render(self, environment: str, why: str) -> None:
        """Say of an environment that nothing can be said."""
        self.outcome(environment, Outcome.NOT_RENDERED)
        self.problems.append(Problem(environment, why))

    def take(self, environment: str, comparison: Comparison, invalid: Sequence[str]) -> None:
        """Take in a comparison, and what is `invalid` about the objects that are new in it."""
        self.refute(environment, [*comparison.problems, *invalid])
        self._differing[environment] += comparison.differing
        for text in comparison.notes:
            self._places[text].append(environment)

    def proof(self, renders: int) -> Proof:
        """Return the whole, with how often Helm ran."""
        status = Status.REFUTED if self.refuted else Status.PARTLY if self.problems else Status.PROVED
        return Proof(
            status,
            dict(sorted(self.outcomes.items())),
            tuple(sorted(set(self.problems), key=lambda one: (one.environment, one.text))),
            tuple(dict.fromkeys((*self.notes, *self._placed()))),
            renders,
            {name: tuple(sorted(found, key=_place)) for name, found in sorted(self._differing.items()) if found},
            tuple(sorted(self.compared, key=lambda one: (one.application, one.environment))),
        )

    def _placed(self) -> Iterator[str]:
        for text, places in sorted(self._places.items()):
            yield f"in {', '.join(sorted(places))} {text}"


def _place(one: Differing) -> tuple[str, str]:
    return one.source, one.after or one.before

"""A request that the rules refuse."""

from __future__ import annotations

from bot.errors import UserError
from bot.policy.verdict import Severity, Verdict


class Refused(UserError):
    """At least one verdict refuses; the reply says all of those, and the first one's remedy."""

    def __init__(self, verdicts: tuple[Verdict, ...]) -> None:
        refusing = [verdict for verdict in verdicts if verdict.severity is Severity.REFUSE]
        remedies = [verdict.remedy for verdict in refusing if verdict.remedy]
        super().__init__("\n".join(verdict.text for verdict in refusing), "; ".join(dict.fromkeys(remedies)))
        self.verdicts = verdicts

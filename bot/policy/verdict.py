"""What a rule says about a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """From what stops a request to what is only worth knowing."""

    REFUSE = "refuse"
    NEEDS_APPROVAL = "needs-approval"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's opinion: a sentence, and what would make it pass (empty where there is nothing to do).

    `owners` are the teams that the rules name for those who have to agree.
    """

    rule: str
    severity: Severity
    text: str
    remedy: str = ""
    owners: tuple[str, ...] = ()

"""Who has to agree to a change of access, and who has, as Markdown that pings nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.audit.approval import Agreement, Need
from bot.reporting.access_delta import tables
from bot.reporting.effect import listed
from bot.reporting.markdown import code, ended, prose
from bot.words import capital

_FOOT = (
    "One of them is enough. What counts is an approval of the newest commit, in a review, by somebody who did not ask "
    "for this themselves. The check says so as soon as it is there."
)
_NOBODY = (
    "nobody is named: name a team in `topics.yaml` of the rules, or somebody for the file of the KafkaUser in the "
    "chart of the Kafka service in CODEOWNERS"
)


def blocks(agreed: Sequence[Agreement]) -> Iterator[str]:
    """Yield a table of what has to be agreed to, and how that is done while somebody has yet to."""
    rows = [
        (
            "✅" if one.by else "⏳",
            f"{code(one.need.user)}: {code(one.need.name)} {prose(one.need.why)} have to agree",
            _owners(one.need),
            code(one.by)
            if one.by
            else " ".join(["nobody yet.", *(prose(ended(capital(text))) for text in one.doubts)]),
        )
        for one in agreed
    ]
    if rows:
        yield from tables(("", "what", "who can agree", "who has"), rows)
        if not all(one.by for one in agreed):
            yield _FOOT


def _owners(need: Need) -> str:
    parts = [f"team {listed(need.teams)}"] if need.teams else []
    if need.code_owners:
        parts.append(f"{listed(need.code_owners)} by CODEOWNERS")
    return ", or ".join(parts) or prose(_NOBODY)

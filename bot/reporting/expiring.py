"""What is said of an access that ends: an issue a week before, and a comment there when it is over."""

from __future__ import annotations

from datetime import date

from bot.kafka.names import EXPIRES
from bot.reporting.markdown import code, fenced, paragraphs, plain


def title(application: str, last: date) -> str:
    """Return the title of the issue."""
    return plain(f"{application}'s access to Kafka ends after {last}")


def announcement(application: str, user: str, last: date, file: str, asked: str) -> str:
    """Return the text of the issue; `file` is where the KafkaUser stands, `asked` how a command names whose it is."""
    return paragraphs(
        [
            f"{code(application)} may use Kafka as KafkaUser {code(user)} until {last}: so says the annotation "
            f"{code(EXPIRES)} in {code(file)}.",
            "When that day is over, the bot opens a pull request that takes the access away. Nothing changes until "
            "somebody merges and syncs it.",
            f"To give it longer, write a comment with another day:\n\n{fenced(_longer(asked, last))}",
            f"To give it for good:\n\n{fenced(f'/kafka-access {asked} expires=never')}",
        ]
    )


def over(user: str, last: date, text: str) -> str:
    """Return what is said when the day is over; `text` is what became of the revocation."""
    return paragraphs([f"KafkaUser {code(user)} was given its access until {last}, which is over.", text])


def prolonged(user: str, last: date | None) -> str:
    """Return what is said where an access that was over goes on: until another day, or for good."""
    until = f"until {last}" if last else "for good"
    return f"KafkaUser {code(user)} has its access {until} by now, so this is closed: merged, it would take it away."


def _longer(asked: str, last: date) -> str:
    # The 29th of February has no counterpart.
    later = last.replace(year=last.year + 1, day=min(last.day, 28))
    return f"/kafka-access {asked} expires={later}"

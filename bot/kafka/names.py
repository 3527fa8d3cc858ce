"""Names: what Kafka, Kubernetes and certificates allow."""

from __future__ import annotations

import hashlib
import re
from datetime import date

TOPIC_LIMIT = 249
"""Characters: the log folder `<topic>-<partition>` has to be a file name.
https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java"""

SEPARATORS = (".", "-", "_")
"""What stands between the parts of a name: a prefix that ends in none of them covers other names that begin alike."""

EXPIRES = "kafka-access/expires"
"""The annotation of a KafkaUser with the last day of its access.

No rule: what is written under one name has to be found for years.
"""

COMMON_NAME_LIMIT = 64
"""Characters of a certificate's common name, which a `tls` user's name becomes (RFC 5280, ub-common-name)."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOPIC = re.compile(r"[a-zA-Z0-9._-]+")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names"""


def expiry(text: str) -> date | None:
    """Return the day that an annotation EXPIRES says, or None where it says none."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def topic_problem(name: str) -> str:
    """Return what is wrong with a topic's name, or an empty string."""
    if not _TOPIC.fullmatch(name):
        return "a topic name has letters, digits, `.`, `_` and `-` only"
    if len(name) > TOPIC_LIMIT:
        return f"a topic name has at most {TOPIC_LIMIT} characters, this one {len(name)}"
    if name in {".", ".."}:
        return "a topic cannot be named `.` or `..`"
    return ""


def is_internal(name: str) -> bool:
    """Whether a topic is one of Kafka's own, such as `__consumer_offsets`."""
    return name.startswith("__")


def collides(one: str, other: str) -> bool:
    """Whether two topics cannot exist together: `.` and `_` are the same in the names of metrics."""
    return one != other and one.replace(".", "_") == other.replace(".", "_")


def object_problem(name: str, limit: int = 253) -> str:
    """Return what is wrong with the name of a Kubernetes object, or an empty string."""
    if not _SUBDOMAIN.fullmatch(name):
        return "it has lower-case letters, digits, `-` and `.` only, and begins and ends with a letter or digit"
    return f"it has at most {limit} characters, not {len(name)}" if len(name) > limit else ""


def topic_object_name(topic: str) -> str:
    """Return the name of the KafkaTopic for a topic: the topic's own where Kubernetes can have it.

    Otherwise its letters in lower case, and a digest that keeps different topics apart.
    """
    if not object_problem(topic):
        return topic
    plain = re.sub(r"[^a-z0-9.]+", "-", topic.lower())
    plain = re.sub(r"-*\.[-.]*", ".", plain)[:200].strip("-.")
    digest = hashlib.sha256(topic.encode()).hexdigest()[:8]
    return f"{plain}-{digest}".lstrip("-")


def principal(user: str, authentication: str) -> str:
    """Return who a KafkaUser is to Kafka."""
    return f"User:CN={user}" if authentication in {"tls", "tls-external"} else f"User:{user}"


def user_of(principal: str) -> str:
    """Return the name of the KafkaUser that a principal is."""
    return principal.removeprefix("User:").removeprefix("CN=")

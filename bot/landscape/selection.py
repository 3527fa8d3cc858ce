"""Which applications can have anything to do with Kafka, told by the words in their charts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.proof.stage import Packed


@dataclass(frozen=True, slots=True)
class Selection:
    """Applications in whose chart files, those of local dependencies included, a pattern is found.

    A chart that never says the word cannot make such an object, nor name its Secret; remote charts are not looked at.
    """

    pattern: str

    def takes(self, packed: Packed) -> bool:
        """Whether an application's chart is one of these."""
        search = re.compile(self.pattern.encode(), re.IGNORECASE).search
        return any(
            search(data) or search(name.encode("utf-8", "surrogateescape")) for name, data in packed.contents.items()
        )


MENTIONS_KAFKA = Selection(r"kafka|strimzi")
"""All that can hold or use anything of Kafka."""

HOLDS_KAFKA_OBJECTS = Selection(r"(?:kafka|access)\.strimzi\.io")
"""All that can hold KafkaUsers, KafkaTopics, KafkaAccesses or a Kafka cluster."""

"""What a Kafka client has in its container, as rules say it; {secret} is the Secret of its KafkaAccess."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.policy.strict import Strict, template

SecretText = Annotated[str, template("secret")]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Variable(Strict):
    """One environment variable: a key of the Secret, or a fixed value."""

    name: VariableName
    secret_key: str | None = None
    value: SecretText | None = None


class Mount(Strict):
    """One file of the client."""

    path: Annotated[SecretText, Field(pattern=r"^/[\w./{}-]+$")]
    secret_key: str
    read_only: bool = False

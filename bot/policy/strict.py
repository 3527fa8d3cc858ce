"""What every file of the rules is made of: models that know all their keys, and texts that know what is filled in."""

from __future__ import annotations

import os
import string
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# Whatever else is installed here has no say in what rules mean, and looking for plug-ins takes longer than planning.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")


def template(*names: str) -> AfterValidator:
    """Return the check of a text in which nothing but these names stands in braces."""

    def check(text: str) -> str:
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None and name not in names:
                known = ", ".join(f"{{{one}}}" for one in names)
                message = f"{{{name}}} is not known here; known: {known}"
                raise ValueError(message)
        return text

    return AfterValidator(check)


ApplicationText = Annotated[str, template("application")]
Dotted = Annotated[str, Field(pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)*$")]
"""The path of a value that a template can ask for."""


class Strict(BaseModel):
    """A part of the rules: unknown keys are errors, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

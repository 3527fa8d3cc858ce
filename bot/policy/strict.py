"""What all models of rules have in common."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict

# Whatever else is installed here has no say in what rules mean, and looking for plug-ins takes longer than planning.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")


class Strict(BaseModel):
    """Rules are read once and never change; a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

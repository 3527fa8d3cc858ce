"""Where other people's data is, for the tests that read it; they are skipped where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared"

needed = pytest.mark.skipif(not (FOLDER / "github").is_dir(), reason=f"{FOLDER / 'github'} is not there")
"""Marks tests that cannot run without GitHub's description of itself."""

"""Fixtures for the tests of rules and verdicts."""

from __future__ import annotations

import pytest

from bot.policy.rules import Rules, default_directory, load


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load(default_directory())

"""The soak test for twenty seconds, or as long as ISOBOOTH_SOAK_SECONDS says; see soak.py."""

from __future__ import annotations

import os
import shlex

import pytest

from tests.soak.soak import INSTANCES, installed, soak
from tests.support import absent, host_command


def test_it_always_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    if not installed():
        absent("a plugin to play")
    monkeypatch.setenv("ISOBOOTH_HOST", shlex.join(host_command()))
    result = soak(float(os.environ.get("ISOBOOTH_SOAK_SECONDS", "20")))
    assert not result.wrong, result
    assert len(result.plugins) == INSTANCES
    assert result.recovered > result.by_themselves > 0

"""The stub of the compiled core says what the compiled core is."""

from __future__ import annotations

from isobooth.host import _core
from tools.stubs import complaints


def test_the_stub_matches_the_compiled_core():
    assert complaints(_core) == []

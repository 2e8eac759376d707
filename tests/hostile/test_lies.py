"""Plugins that say what cannot be: they play, or one typed error says what was wrong; and the page about it all."""

from __future__ import annotations

import pytest

from isobooth.client import IsoboothError
from tests.hostile import table
from tests.hostile.cases import EVERYTHING, LIES, PLACES, SLOW
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import tell
from tests.support import ROOT


@pytest.mark.parametrize("format_name", PLACES)
def test_it_lies(hostile: MakePlugin, format_name: str) -> None:
    wrong = []
    for name, lie in LIES.items():
        if format_name not in lie.endings or ((format_name, name) in SLOW and not EVERYTHING):
            continue
        ending = tell(hostile(format_name, f"lies@{name}"), timeout=30, load_timeout=60)
        found = "plays" if ending.step == "end" else f"{ending.step}: {ending.kind}"
        if found != lie.endings[format_name]:
            wrong.append(f"{name}: {found} ({ending.error})")
        assert ending.error is None or isinstance(ending.error, IsoboothError)
    assert not wrong


def test_the_table_is_up_to_date() -> None:
    """``python -m tests.hostile.table`` writes it."""
    assert (ROOT / "docs" / "hostile.md").read_text("utf-8") == table.page()

"""What a plugin does to processes around its own (REACHES of cases.py): its booth ends, and others begin, as ever."""

from __future__ import annotations

import pytest

from isobooth.client import PluginCrashed, load
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import BLOCK, play, tell


@pytest.mark.parametrize(("place", "step"), [("process@3", "process"), ("init", "load")])
def test_one_that_its_parent_traces_dies_like_others(hostile: MakePlugin, place: str, step: str) -> None:
    ending = tell(hostile("clap", f"traced@{place}"), timeout=20, load_timeout=30)
    assert (ending.step, ending.kind, ending.how) == (step, "PluginCrashed", "SIGSEGV")


def test_one_that_its_child_traces_is_gone_after_close(hostile: MakePlugin) -> None:
    """The stop at its end holds it until its tracer is gone; nothing is left, as after every test here."""
    plugin = load(hostile("clap", "tracer@init"), block_size=BLOCK, timeout=0.5)
    play(plugin, "process")
    plugin.close()


def test_booths_come_from_a_parent_that_was_stopped(hostile: MakePlugin) -> None:
    with load(hostile("clap", "halt@process@3"), block_size=BLOCK) as plugin:
        play(plugin, "process")
        with load(hostile("clap", "crash@process"), block_size=BLOCK) as other, pytest.raises(PluginCrashed):
            play(other, "process")

"""The floating-point mode of the audio thread: whoever leaves the worst one behind meets the promised one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from isobooth.client import Plugin, load
from tests.support import until

from .clap_booth import compiled

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 64
FUNCTIONS = ("start_processing", "reset", "process", "flush", "stop_processing")


def left(plugin: Plugin) -> list[str]:
    """The functions that the plugin has told the log that it left, in order."""
    return [line.rpartition(" left ")[2] for line in plugin.log if "] left " in line]


def since_process(plugin: Plugin) -> list[str]:
    """Those that it has left after its last block: also what a restart calls, before or after the flush."""
    names = left(plugin)
    last = max((at for at, name in enumerate(names) if name == "process"), default=len(names))
    return names[last:]


@pytest.mark.parametrize("guard", [False, True])
def test_each_call_finds_the_mode_that_is_promised(guard: bool, tmp_path: Path) -> None:
    """After every function of the audio thread: in a slot of several blocks, alone, without frames, between blocks.

    The host's own code beside it, the guard above all, meets a signalling NaN with every exception unmasked.
    """
    audio = np.linspace(-1, 1, 2 * 9 * BLOCK, dtype=np.float32).reshape(2, -1)
    heard = audio.copy()
    heard[1, ::BLOCK] = 0
    with load(compiled("clap_modes", tmp_path), block_size=BLOCK, guard=guard) as plugin:
        for step in range(4):
            if step % 2:
                plugin.reset()
            plugin.flush()
            out = plugin.process(audio)  # several blocks in each slot
            assert np.isnan(out[1, ::BLOCK]).all() != guard
            assert np.array_equal(np.nan_to_num(out), heard)
            out = plugin.process(audio[:, :BLOCK])
            assert np.array_equal(np.nan_to_num(out), heard[:, :BLOCK])
            assert until(lambda: "flush" in since_process(plugin)), "there was no flush between blocks"
        for name in FUNCTIONS:
            assert until(lambda of=name: of in left(plugin)), f"{name} was not called"
        assert left(plugin).count("start_processing") > 1
        wrong = [line for line in plugin.log if line.rpartition(" ")[2] in (*FUNCTIONS, "exec") and "left" not in line]
        assert not wrong

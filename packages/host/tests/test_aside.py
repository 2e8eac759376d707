"""A booth that is woken on the processor of its client leaves it: what that may change, and what it may not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import Plugin, load
from tests.support import ROOT, python_path, until

BLOCK, BLOCKS = 64, 200
AUDIO = np.linspace(-1, 1, 2 * BLOCK, dtype=np.float32).reshape(2, -1)
CONFINED = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from isobooth.client import load
from packages.host.tests.test_aside import BLOCK, masks, play
with load("null:", block_size=BLOCK) as plugin:
    for _ in range(2):
        assert all(mask == os.sched_getaffinity(0) for mask in masks(plugin).values()), masks(plugin)
        play(plugin)
"""


def masks(plugin: Plugin) -> dict[int, set[int]]:
    """The processors that each thread of a booth may use."""
    return {int(path.name): os.sched_getaffinity(int(path.name)) for path in Path(f"/proc/{plugin.pid}/task").iterdir()}


def play(plugin: Plugin, blocks: int = BLOCKS) -> None:
    """Blocks back to back, each different, each as it must be."""
    for number in range(blocks):
        assert np.array_equal(plugin.process(AUDIO * np.float32(number)), AUDIO * np.float32(number))


def sleeps(plugin: Plugin) -> int:
    """How often the audio thread has gone to sleep between two blocks."""
    return int(plugin._player.stream.header.statistics.sleeps)


@pytest.mark.parametrize("offline", [False, True], ids=["realtime", "ordinary"])
def test_the_mask_stays_as_it_was(offline: bool) -> None:
    """With SCHED_FIFO where it can be had, and without; one played alone, and in turn with others."""
    with ExitStack() as stack:
        plugins = [stack.enter_context(load("null:", block_size=BLOCK, offline=offline)) for _ in range(3)]
        before = [masks(plugin) for plugin in plugins]
        assert all(mask == os.sched_getaffinity(0) for each in before for mask in each.values())
        play(plugins[0])
        for _ in range(BLOCKS):
            for plugin in plugins:
                play(plugin, 2)
        assert [masks(plugin) for plugin in plugins] == before


def test_one_processor_alone() -> None:
    """Nowhere to go: blocks come back all the same."""
    environment = {**os.environ, "PYTHONPATH": python_path()}
    command = [sys.executable, "-c", CONFINED]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_mask_that_the_user_changes_meanwhile() -> None:
    """The last one set stays, whatever the booth has done before and does after."""
    usable = os.sched_getaffinity(0)
    one, other = {min(usable)}, {max(usable)}
    with load("null:", block_size=BLOCK) as plugin:
        for mask in (one, usable, other, one, other):
            play(plugin, 50)
            for thread in masks(plugin):
                os.sched_setaffinity(thread, mask)
            seen = masks(plugin)
            play(plugin, 50)
            assert masks(plugin) == seen


def test_a_booth_with_a_processor_of_its_own_does_not_sleep() -> None:
    """Four booths, one after the other. Where others are busy too it may take some rounds until a processor is free."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor: whoever waits sleeps")
    with ExitStack() as stack:
        for plugin in [stack.enter_context(load("null:", block_size=BLOCK)) for _ in range(4)]:

            def round_of_few(plugin: Plugin = plugin) -> bool:
                before = sleeps(plugin)
                play(plugin)
                return sleeps(plugin) - before < BLOCKS // 4

            assert until(round_of_few)


def test_many_booths_in_few_threads() -> None:
    """Twenty booths in four threads: every block comes back, in time and untouched."""
    failures: list[BaseException] = []

    def run(plugins: list[Plugin]) -> None:
        try:
            for number in range(60):
                for place, plugin in enumerate(plugins):
                    audio = AUDIO * np.float32(number * 5 + place)
                    assert np.array_equal(plugin.process(audio), audio)
        except BaseException as failure:  # noqa: BLE001  (for the thread that asks)
            failures.append(failure)

    with ExitStack() as stack:
        plugins = [stack.enter_context(load("null:", block_size=BLOCK)) for _ in range(20)]
        before = [masks(plugin) for plugin in plugins]
        threads = [threading.Thread(target=run, args=(plugins[at::4],)) for at in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert all(plugin.stats.blocks == 60 and plugin.stats.late == 0 for plugin in plugins)
        assert [masks(plugin) for plugin in plugins] == before


def test_what_is_counted_of_a_slot_with_many_blocks() -> None:
    """Each block once, its time in the sum, and none longer than the longest."""
    with load("null:", block_size=BLOCK) as plugin:
        assert np.array_equal(plugin.process(np.tile(AUDIO, 999)), np.tile(AUDIO, 999))
        found, counted = plugin.stats, plugin._player.stream.header.statistics
        assert found.blocks == int(counted.blocks) == 999
        assert round(found.process_time * 1e9) == int(counted.process_ns_sum)
        assert found.mean_process_time <= found.max_process_time <= found.process_time
        assert int(counted.process_ns_last) <= int(counted.process_ns_max)

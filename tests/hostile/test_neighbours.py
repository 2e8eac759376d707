"""Fifteen instances play in step with a clock while a sixteenth dies again and again: none of them is late for it.

How many blocks are late on a busy machine without any death is counted in the same run, in turns, and compared.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time

from isobooth.client import BlockStatus, Plugin, RestartPolicy, load
from tests.hostile.conftest import MakePlugin
from tests.support import kill

OTHERS = 15
FRAMES = 512
RATE = 48000.0
TURNS = 2
"""Of each kind."""
BLOCKS = 60
"""Of each turn: more than half a second."""
ALWAYS = RestartPolicy(most=10_000, period=3600.0, delay=0.0)


def play(plugins: list[Plugin], another: Plugin) -> int:
    """Blocks of the plugins that were not back when the next was due; the other one plays along, and is not counted."""
    late, period = 0, FRAMES / RATE
    due = time.monotonic() + period
    for _ in range(BLOCKS):
        for plugin in (*plugins, another):
            plugin.submit()
        for plugin in plugins:
            late += plugin.wait(max(0.0, due - time.monotonic())) is BlockStatus.LATE
        another.wait(max(0.0, due - time.monotonic()))
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic()) + period  # who is late begins anew, and is not late for that again
    return late


def test_a_death_makes_nobody_late(hostile: MakePlugin) -> None:
    is_over, may_kill = threading.Event(), threading.Event()

    def murder() -> None:
        while not is_over.wait(0.07):
            if may_kill.is_set() and dying.is_alive:
                kill(dying.pid, signal.SIGKILL)

    with contextlib.ExitStack() as stack:

        def play_along(what: object, **options: object) -> Plugin:
            return stack.enter_context(load(what, block_size=FRAMES, sample_rate=RATE, **options))  # type: ignore[arg-type]

        others = [play_along("null:") for _ in range(OTHERS)]
        calm = play_along("null:")
        dying = play_along(hostile("clap", "crash@process@20"), on_crash="bypass", restart=ALWAYS)
        thread = threading.Thread(target=murder)
        thread.start()
        late = {"calm": 0, "deadly": 0}
        try:
            for _ in range(TURNS):
                late["calm"] += play(others, calm)
                may_kill.set()
                late["deadly"] += play(others, dying)
                may_kill.clear()
                dying.wait_alive()
        finally:
            is_over.set()
            thread.join()
        played = TURNS * BLOCKS * OTHERS
        assert dying.restarts > TURNS
        assert late["deadly"] <= 2 * late["calm"] + played // 50, late
        assert sum(plugin.stats.blocks + plugin.stats.late for plugin in others) == 2 * played
        assert sum(plugin.stats.late for plugin in others) == late["calm"] + late["deadly"]
        assert all(plugin.is_alive and not plugin.restarts for plugin in others)

"""Resets, several instances at once, opening and closing many times over."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.support import NEWER, ROOT, plain, python_path

from .signals import play, settable
from .subjects import that_can

LEAKS = Path(__file__).resolve().parent / "open_and_close.py"


@that_can("linear", "repeatable")
def test_after_a_reset_it_is_as_fresh(subject, booth):
    one, two = booth(subject), booth(subject)
    play(one, 24000, seed=9)
    one.reset()
    one.process(frames=96000)  # what a plugin keeps beyond a reset (gliding parameters) has come to rest
    two.process(frames=96000)
    one.reset()
    two.reset()
    assert play(one).tobytes() == play(two).tobytes()


@that_can("repeatable")
def test_instances_know_nothing_of_each_other(subject, booth):
    alone, other = booth(subject), booth(subject)
    expected = [play(alone, 700, seed=seed) for seed in range(4)]
    again = booth(subject)
    for parameter in settable(other)[:100]:
        if not parameter.info.is_bypass:
            parameter.value = parameter.range[1]
    got = []
    for seed in range(4):
        play(other, 700, seed=100 + seed)
        got.append(play(again, 700, seed=seed))
    assert [one.tobytes() for one in got] == [one.tobytes() for one in expected]


@that_can("typical")
def test_a_restarted_one_plays_on(subject, booth):
    plugin = booth(subject)
    before = play(plugin, 1000)
    first = plugin.pid
    with subject.hosting():
        plugin.restart()
    assert plugin.pid != first
    after = play(plugin, 1000)
    assert after.shape == before.shape
    if "repeatable" in subject.can:
        assert np.isfinite(after).all() == np.isfinite(before).all()


@that_can("typical")
def test_opened_and_closed_many_times_in_one_process(subject):
    """No descriptor, no thread and no memory is left, nor an object of the host that the plugin holds."""
    runner = [str(NEWER / "run")] if subject.file and NEWER in subject.path.parents else []
    path = str(subject.path) if subject.file else ""
    command = [*plain(), *runner, sys.executable, str(LEAKS), subject.format, path, subject.plugin_id]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": python_path(), "MALLOC_ARENA_MAX": "1"},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["descriptors"] == [], report
    assert report["threads"] <= 0, report
    assert report["kilobytes_each"] < 20, report
    assert report["complaints"] == [], report

"""What a plugin does to processes around its own (REACHES of cases.py): its booth ends, and others begin, as ever."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from isobooth.client import PluginCrashed, load
from isobooth.protocol.descriptors import ScanReport
from isobooth.scan.probe import probe
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import BLOCK, play, tell
from tests.hostile.test_contained import CLIENT
from tests.support import PATIENCE, descendants, host_command, is_running, python_path, until

ENDS = {"traced": "SIGSEGV", "become": "exit 0"}


@pytest.mark.parametrize("misdeed", ENDS)
@pytest.mark.parametrize(("place", "step"), [("process@3", "process"), ("init", "load")])
def test_it_dies_like_others(hostile: MakePlugin, misdeed: str, place: str, step: str) -> None:
    ending = tell(hostile("clap", f"{misdeed}@{place}"), timeout=20, load_timeout=30)
    assert (ending.step, ending.kind, ending.how) == (step, "PluginCrashed", ENDS[misdeed])


def test_the_scan_tells_how_it_died(hostile: MakePlugin) -> None:
    for misdeed, how in (("traced", "died of SIGSEGV"), ("become", "exit status 0")):
        report = probe(host_command(), "clap", hostile("clap", f"{misdeed}@init"), timeout=20)
        assert isinstance(report, ScanReport)
        assert how in report.errors[0].reason


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


@pytest.mark.parametrize("misdeed", ["tracer", "halt"])
def test_it_does_not_outlive_the_client(hostile: MakePlugin, misdeed: str) -> None:
    command = [sys.executable, "-c", CLIENT, str(hostile("clap", f"{misdeed}@init"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": python_path()}) as client:
        try:
            assert client.stdout is not None
            client.stdout.readline()
            family = set(descendants(client.pid))
        finally:
            client.kill()
    assert family
    assert until(lambda: not any(is_running(pid) for pid in family), seconds=PATIENCE)

"""What a plugin does to its process: undone, or ended with the booth; and what the host itself cannot survive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isobooth.client import PluginCrashed, load
from tests.hostile.cases import MISCHIEF, PLACES, THEFTS
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import BLOCK, Ending, play, tell
from tests.support import PATIENCE, descendants, is_running, python_path, until

PLACES_OF_MISCHIEF = ("instantiate", "process@3")
SAID = {
    "locale": "the locale",
    "rounding": "rounding",
    "traps": "floating-point",
    "mask": "which signals are blocked",
    "handlers": "what handles signals",
    "pipe": "what handles signals",
    "folder": "the working directory",
    "umask": "the file mode mask",
    "close100": "standard input or output",
}
"""Words of the log, where the plugin did it on the main thread."""
HANDLED = (*("SEGV", "BUS", "FPE", "ILL", "ABRT", "SYS", "TRAP", "XCPU"), "TERM")
SPARED = ("ALRM", "VTALRM", "PROF", "PIPE", "INT")
"""Signals whose default action must not be in force."""


def status(pid: int) -> dict[str, str]:
    """What the kernel says of a process."""
    lines = Path("/proc", str(pid), "status").read_text("utf-8").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _has(mask: str, name: str) -> bool:
    return bool(int(mask, 16) >> (signal.Signals[f"SIG{name}"] - 1) & 1)


def habits(pid: int) -> dict[str, object]:
    """What of a process a plugin could change for the host: of its main thread, and of the whole."""
    found = status(pid)
    return {
        "blocked": found["SigBlk"],
        "not handled": [name for name in HANDLED if not _has(found["SigCgt"], name)],
        "deadly": [name for name in SPARED if not _has(found["SigCgt"], name) and not _has(found["SigIgn"], name)],
        "umask": found["Umask"],
        "folder": str(Path("/proc", str(pid), "cwd").readlink()),
        "output": [str(Path("/proc", str(pid), "fd", str(fd)).readlink()).partition(":")[0] for fd in range(3)],
    }


@pytest.mark.parametrize("format_name", PLACES)
def test_it_is_undone_or_ends_with_the_booth(hostile: MakePlugin, format_name: str) -> None:
    with load(hostile(format_name, "honest"), block_size=BLOCK) as honest:
        play(honest, "process")
        play(honest, "text")
        usual = habits(honest.pid)
    assert not usual["not handled"]
    assert not usual["deadly"]
    for misdeed in MISCHIEF:
        for place in PLACES_OF_MISCHIEF:
            with load(hostile(format_name, f"{misdeed}@{place}"), block_size=BLOCK, timeout=20) as plugin:
                for step in ("process", "parameter", "text", "save state", "load state", "process"):
                    play(plugin, step)
                parameter = next(iter(plugin.parameters.values()))
                parameter.value = 0.75
                plugin.refresh_values()
                assert parameter.value == 0.75, misdeed
                assert "," not in parameter.text, misdeed
                assert habits(plugin.pid) == usual, f"{misdeed}@{place}"
                said = [line for line in plugin.log if "changed back" in line]
                if misdeed in SAID and place == "instantiate":
                    assert any(SAID[misdeed] in line for line in said), misdeed


@pytest.mark.parametrize("misdeed", THEFTS)
@pytest.mark.parametrize("format_name", PLACES)
def test_without_its_channel_the_host_ends(hostile: MakePlugin, format_name: str, misdeed: str) -> None:
    ending = tell(hostile(format_name, f"{misdeed}@instantiate"), timeout=5, load_timeout=20)
    assert (ending.step, ending.kind) == ("load", THEFTS[misdeed][1])
    if isinstance(ending.error, PluginCrashed):
        assert (ending.phase, ending.how) == ("instantiate", "exit 6")
        assert "descriptors" in str(ending.error)


@pytest.mark.parametrize("misdeed", THEFTS)
def test_the_audio_thread_steals_it(hostile: MakePlugin, misdeed: str) -> None:
    """Whether the main thread sees it first or the client depends on who is quicker: both say what has happened."""
    ending = tell(hostile("clap", f"{misdeed}@process@3"), timeout=5, load_timeout=20)
    assert ending.kind == THEFTS[misdeed][1]
    if isinstance(ending.error, PluginCrashed):
        assert ending.how in {"exit 6", "SIGKILL"}
        assert "descriptors" in str(ending.error) or "control channel" in str(ending.error)


def test_a_daemon_does_not_outlive_a_crash(hostile: MakePlugin) -> None:
    """Nor are the strays of one booth ended with another one."""
    with load(hostile("clap", "daemon@init"), block_size=BLOCK) as keeps:
        play(keeps, "process")
        assert until(lambda: len(descendants(keeps.pid)) == 1), "the daemon is not under its booth"
        strays = set(descendants(keeps.pid))
        ending: Ending = tell(hostile("clap", "crash@process@3"), timeout=20, load_timeout=30)
        assert ending.step == "process"
        assert all(is_running(pid) for pid in strays)
        os.kill(keeps.pid, signal.SIGKILL)
        assert until(lambda: not any(is_running(pid) for pid in strays))


CLIENT = """
import sys, time
from isobooth.client import load
plugin = load(sys.argv[1])
print(plugin.pid, flush=True)
time.sleep(60)
"""


def test_a_daemon_does_not_outlive_the_client(hostile: MakePlugin) -> None:
    command = [sys.executable, "-c", CLIENT, str(hostile("clap", "daemon@init"))]
    environment = {**os.environ, "PYTHONPATH": python_path()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as client:
        try:
            assert client.stdout is not None
            pid = int(client.stdout.readline())
            assert until(lambda: descendants(pid))
            family = {pid, *descendants(pid)}
        finally:
            client.kill()
    assert until(lambda: not any(is_running(pid) for pid in family), seconds=PATIENCE)

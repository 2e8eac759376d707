"""A core built with its assertions plays real CLAPs: every call is made on the thread and in the state that is due."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from isobooth.protocol import get_include

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import HERE, compiled, real_plugin

HOST = HERE.parent
BUILD = """
import os, runpy, sys
made = runpy.run_path(sys.argv[1])
print(made["declare"]().compile(tmpdir=sys.argv[2]))
"""
PLAY = """
import sys, threading
from pathlib import Path
import numpy as np
from isobooth.host._core import lib
from isobooth.protocol.events import NoteOn, ParamValue
from clap_booth import Booth

assert lib.ib_clap_is_debug() == 1
folder = Path(sys.argv[1])
for path in sys.argv[2:]:
    with Booth(path, folder) as booth:
        for rate, frames, offline in ((44100.0, 256, False), (96000.0, 33, True)):
            booth.start(rate=rate, frames=frames, offline=offline)
            noise = np.random.default_rng(1).standard_normal((booth.inputs, frames)).astype(np.float32)
            free = [p for p in booth.plugin.descriptor.parameters if not p.is_output]
            changes = [ParamValue(p.id, (p.minimum + p.maximum) / 2) for p in free][:50]
            for audio in (noise, noise * 0, noise * 0, noise):
                booth.play(audio, [*changes[:3], NoteOn(60)])
                booth.play(audio)
            booth.play(None, changes, frames=0)
            booth.play(noise, flags=lib.IB_BLOCK_RESET)
            state = booth.plugin.save_state() if booth.plugin.descriptor.has_state else None
            if state is not None:
                booth.plugin.load_state(state)
            booth.stop()
            booth.driver = None
        wrong = []

        def off_the_main_thread():
            try:
                booth.plugin.values()
            except AssertionError as error:
                wrong.append(str(error))

        thread = threading.Thread(target=off_the_main_thread)
        thread.start()
        thread.join()
        assert wrong == ["values was called off the main thread"]
    print("played", path)
"""


@pytest.fixture(scope="module")
def debug_host(tmp_path_factory):
    """A folder with a host whose core has its assertions."""
    folder = tmp_path_factory.mktemp("debug")
    package = folder / "isobooth" / "host"
    shutil.copytree(HOST / "src" / "isobooth" / "host", package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    environment = {**os.environ, "ISOBOOTH_DEBUG": "1", "ISOBOOTH_CFLAGS": "-O1"}
    command = [sys.executable, "-c", BUILD, str(HOST / "ffi_build.py"), str(folder / "build")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=500)
    built = Path(done.stdout.splitlines()[-1])
    shutil.copy2(built, package / built.name)
    return folder


def test_no_assertion_fails_while_plugins_play(debug_host, tmp_path):
    names = ("ZamComp", "ZamGateX2", "ZamDelay", "DragonflyRoomReverb")
    paths = [real_plugin(f"{name}.clap") for name in names]
    paths += [compiled(name, tmp_path) for name in ("clap_echo", "clap_rests")]
    protocol = Path(get_include()).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(debug_host), str(protocol), str(HERE)])}
    command = [sys.executable, "-c", PLAY, str(tmp_path), *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("played") == len(paths)

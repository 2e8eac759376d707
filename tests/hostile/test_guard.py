"""The output guard: what is no sound becomes silence and is counted, and only where that is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import load
from tests.hostile.cases import PLACES
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import BLOCK
from tests.support import python_path

FRAMES = 1000


@pytest.mark.parametrize("format_name", PLACES)
@pytest.mark.parametrize("kind", ["nan", "inf", "loud"])
def test_what_is_no_sound_becomes_silence(hostile: MakePlugin, format_name: str, kind: str) -> None:
    with load(hostile(format_name, f"bad@{kind}"), block_size=BLOCK, guard=True) as plugin:
        wet = plugin.process(frames=FRAMES)
        assert not wet.any()
        assert plugin.stats.replaced == wet.size
        plugin.process(frames=FRAMES)
        assert plugin.stats.replaced == 2 * wet.size


@pytest.mark.parametrize("format_name", PLACES)
def test_what_is_sound_passes(hostile: MakePlugin, format_name: str) -> None:
    with load(hostile(format_name, "honest"), block_size=BLOCK, guard=True) as plugin:
        channels = plugin.buses[0].channels
        loud = np.full((channels, FRAMES), 100.0, np.float32)
        loud[:, ::2] = -100.0
        assert np.array_equal(plugin.process(loud), loud)
        loud[0, 500] = np.nextafter(np.float32(100), np.float32(np.inf))
        assert plugin.process(loud)[0, 500] == 0
        assert plugin.stats.replaced == 1


def test_without_it_everything_passes(hostile: MakePlugin) -> None:
    with load(hostile("clap", "bad@nan"), block_size=BLOCK) as plugin:
        assert np.isnan(plugin.process(frames=FRAMES)).all()
        assert plugin.stats.replaced == 0


def test_float64_is_guarded() -> None:
    with load("null:", block_size=BLOCK, precision="float64", guard=True) as plugin:
        audio = np.array([[0.5, np.nan, 1e300, -np.inf], [100.0, -100.0, 100.0000001, 0.0]])
        wet = plugin.process(audio)
        assert np.array_equal(wet, [[0.5, 0, 0, 0], [100.0, -100.0, 0, 0]])
        assert plugin.stats.replaced == 4


def test_the_command_guards_and_says_so(hostile: MakePlugin, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    soundfile.write(source, np.zeros((FRAMES, 2), np.float32), 48000, subtype="FLOAT")
    command = [sys.executable, "-m", "isobooth.client.cli", "render", str(source), str(target), "--tail", "0"]
    command += ["--plugin", str(hostile("clap", "bad@nan"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", python_path())
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f"{2 * FRAMES} samples of Hostile" in done.stderr
        assert not soundfile.read(target)[0].any()
        subprocess.run([*command, "--no-guard"], check=True, capture_output=True)
        assert np.isnan(soundfile.read(target)[0]).all()

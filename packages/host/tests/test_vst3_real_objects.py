"""What real VST3 plugins do with the objects that the host hands out to them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import NEWER, newer_plugin, real_plugin

VISITOR = Path(__file__).resolve().parent / "vst3_visitor.py"
DPF_KEEPS = "kept what it should have given back: 1 x IHostApplication"
"""DPF's factory references the host at each createInstance, and never lets go (DistrhoPluginVST3.cpp)."""


def visit(path, folder, plugin_id="", parameter="", binding=""):
    command = [sys.executable, str(VISITOR), str(path), plugin_id, str(folder), parameter, binding]
    if NEWER in path.parents:
        command.insert(0, str(NEWER / "run"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.rindex('{"name"') :])  # plugins print there as well


@pytest.mark.parametrize(
    ("bundle", "plugin_id"),
    [
        ("hostchecker.vst3", ""),
        ("again.vst3", "AGain VST3"),
        ("channelcontext.vst3", ""),
        ("multiple-program-changes.vst3", ""),
        ("noteexpressionsynth.vst3", "Note Expression Synth"),
        ("pitchnames.vst3", ""),
        ("syncdelay.vst3", ""),
    ],
)
def test_after_close_every_object_that_the_host_handed_out_is_released(bundle, plugin_id, tmp_path):
    assert visit(newer_plugin(bundle), tmp_path, plugin_id)["log"] == []


@pytest.mark.parametrize("bundle", ["ZamComp.vst3", "DragonflyHallReverb.vst3"])
def test_of_a_plugin_that_keeps_an_object_it_is_told_which(bundle, tmp_path):
    log = visit(real_plugin(bundle), tmp_path)["log"]
    assert all(text.endswith(DPF_KEEPS) for _, text in log)
    assert len(log) <= 1


def test_the_audio_threads_blocks_reach_a_controller(tmp_path):
    seen = visit(newer_plugin("dataexchange.vst3"), tmp_path, "", "1", "lazy")
    assert seen["log"] == []
    assert seen["delivered"] == 200 * 64 // 400

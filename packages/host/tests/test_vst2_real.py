"""VST2 plugins of Debian through the client: against the same plugins of other formats, and against preset files."""

from __future__ import annotations

import shlex
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import Midi, NoteOff, NoteOn, StateError, load
from tests.support import ROOT, host_command, plain, real_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst2_booth import witness_file

pytestmark = pytest.mark.real_plugin
FRAMES = 9600
ZAM = ("ZamComp", "ZaMaximX2", "ZamGate", "ZamDelay", "ZaMultiComp", "ZamGEQ31")
"""Those that are the same in the two releases of Debian that the files come from."""


@pytest.fixture(autouse=True)
def some_host(monkeypatch):
    monkeypatch.setenv("ISOBOOTH_HOST", shlex.join(host_command()))


def vst2(name, **options):
    path = real_plugin(f"{name}-vst.so")
    return load(f"vst2:{path}", **{"sample_rate": 48000, "block_size": 256, "timeout": 30, **options})


def noise(channels, frames=FRAMES):
    return np.random.default_rng(3).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def check_alike(one, other):
    channels = one.descriptor.channels("input")
    assert channels == other.descriptor.channels("input")
    audio = noise(channels)
    ours, theirs = one.process(audio, outputs="all"), other.process(audio, outputs="all")
    assert ours.any()
    assert one.latency == other.latency
    assert np.abs(ours - theirs).max() <= 1e-6


@pytest.mark.parametrize("form", ["clap", "vst3"])
@pytest.mark.parametrize("name", ZAM)
def test_a_plugin_sounds_the_same_in_each_format(name, form):
    other_path = real_plugin(f"{name}.{form}")
    with vst2(name) as one, load(f"{form}:{other_path}", sample_rate=48000, block_size=256, timeout=30) as other:
        check_alike(one, other)


@pytest.mark.parametrize("name", ["ZamEQ2", "ZamTube", "ZamComp", "ZaMaximX2"])
def test_and_as_ladspa(name):
    other_path = real_plugin(f"{name}-ladspa.so")
    with vst2(name) as one, load(f"ladspa:{other_path}", sample_rate=48000, block_size=256, timeout=30) as other:
        check_alike(one, other)


def test_values_and_texts_are_those_of_the_plugin():
    with vst2("ZamComp") as plugin:
        threshold = plugin.parameters.threshold
        assert threshold.range == (0.0, 1.0)
        threshold.value = 0.5
        plugin.process(noise(plugin.descriptor.channels("input"), 256), outputs="all")
        plugin.refresh_values()
        assert threshold.value == 0.5
        assert threshold.text.startswith("-40")
        assert threshold.text.endswith(" dB")


def program_file(plugin, values):
    """An .fxp by hand."""
    head = struct.pack(
        ">4sI4s4I", b"CcnK", 48 + 4 * len(values), b"FxCk", 1, plugin.descriptor.unique_id, 1, len(values)
    )
    return head + b"By hand".ljust(28, b"\0") + struct.pack(f">{len(values)}f", *values)


def test_a_preset_file_sounds_like_its_values():
    with vst2("ZamComp") as one, vst2("ZamComp") as two:
        values = [0.25] * len([p for p in one.parameters.values() if not p.info.is_bypass])
        one.state = program_file(one, values)
        for number, value in enumerate(values):
            two.parameters[number] = value
        two.flush()
        audio = noise(one.descriptor.channels("input"))
        assert one.process(audio, outputs="all").tobytes() == two.process(audio, outputs="all").tobytes()
        data = bytearray(program_file(one, values))
        data[16:20] = b"Else"
        with pytest.raises(StateError, match="belongs to another plugin: its id is Else"):
            one.state = bytes(data)


def test_a_chunk_in_a_preset_file_sounds_as_in_another_host(tmp_path_factory, tmp_path):
    path = witness_file(tmp_path_factory.getbasetemp(), "-DCHUNKS")
    chunk = struct.pack("<4f", 0.375, 0.0, 1.0, 0.5)
    audio = noise(2, 1000)
    with load(f"vst2:{path}", sample_rate=48000, block_size=256) as plugin:
        name = b"By hand".ljust(28, b"\0")
        head = struct.pack(">4sI4s4I", b"CcnK", 68, b"FPCh", 1, plugin.descriptor.unique_id, 7, 4)
        plugin.state = head + name + struct.pack(">I", len(chunk)) + chunk
        ours = plugin.process(audio)
    source, target = tmp_path / "in.npz", tmp_path / "out.npz"
    np.savez(source, audio=audio, preset=np.frombuffer(chunk, np.uint8))
    command = [sys.executable, str(ROOT / "tests" / "direct" / "vst2_direct.py"), str(path), "", "48000", "256", "1"]
    subprocess.run([*plain(), *command, str(source), str(target)], check=True, timeout=100)
    with np.load(target) as archive:
        assert ours.tobytes() == archive["audio"].tobytes()
    assert (ours == audio * np.float32(0.375)).all()


@pytest.mark.parametrize("name", ["Nekobi", "Kars"])
def test_instruments_play_notes_and_midi_alike(name):
    with vst2(name) as one, vst2(name) as two:
        assert "instrument" in one.descriptor.features
        first = one.process(frames=4800, events=[NoteOn(key=57, velocity=100 / 127), NoteOff(key=57, time=3000)])
        bytes_in = [Midi(b"\x90\x39\x64"), Midi(b"\x80\x39\x40", time=3000)]
        second = two.process(frames=4800, events=bytes_in)
        assert first.any()
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("flags", [(), ("-DCHUNKS",)], ids=["parameters", "chunks"])
@pytest.mark.parametrize("name", ["Mine.fxp", "Mine.fxb"])
def test_presets_through_the_client(flags, name, tmp_path_factory, tmp_path):
    path = witness_file(tmp_path_factory.getbasetemp(), *flags)
    with load(f"vst2:{path}", sample_rate=48000, block_size=256) as plugin:
        assert [preset.name for preset in plugin.presets] == ["Prog 0", "Prog 1", "Prog 2"]
        plugin.load_preset("Prog 2")
        assert plugin.parameters.gain.value == pytest.approx(1 / 3)
        plugin.parameters.gain.value = 0.75
        plugin.save_preset(tmp_path / name)
        plugin.parameters.gain.value = 0.25
        assert (plugin.process(noise(2, 300)) == noise(2, 300) * np.float32(0.25)).all()
        plugin.load_preset(tmp_path / name)
        assert plugin.parameters.gain.value == 0.75
        assert (plugin.process(noise(2, 300)) == noise(2, 300) * np.float32(0.75)).all()
    assert (tmp_path / name).read_bytes()[8:12] in {b"FxCk", b"FPCh", b"FxBk", b"FBCh"}


def test_plugins_are_found_by_number_and_by_name():
    path = real_plugin("ZamComp-vst.so")
    with vst2("ZamComp") as plugin:
        unique_id, name = plugin.descriptor.unique_id, plugin.name
    for plugin_id in (str(unique_id), hex(unique_id), name):
        with load(f"vst2:{path}#{plugin_id}") as plugin:
            assert plugin.name == name

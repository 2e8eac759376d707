"""Plugins that do what they must not: the error names it, the plugin is dead, and the process lives on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.host.formats.wclap.plugin import load
from isobooth.protocol.errors import PluginError, PluginLoadError

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from wclap_modules import built, need_wclap


@pytest.fixture
def folder(tmp_path_factory, tmp_path, monkeypatch):
    need_wclap()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path_factory.getbasetemp()


def hostile(folder, flag, **how):
    return Booth(built("wclap_hostile", folder, f"-D{flag}", **how), folder, load=load)


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("TRAPS", "it reached what it held to be unreachable"),
        ("DIVIDES", "it divided by zero"),
        ("OVERFLOWS", "its stack overflowed"),
        ("EXITS", "it called exit(3)"),
        ("EXHAUSTS", "it reached what it held to be unreachable"),
        ("READS_OUTSIDE", "it went outside of its memory"),
        ("CALLS_NOTHING", "it went outside of its table of functions"),
        ("FORGES_HOST", "a pointer that is not the host's"),
        ("LIES_IN_EVENT", "it pushed an event that lies outside of its memory"),
    ],
)
def test_what_goes_wrong_in_a_block_silences_the_plugin_and_is_named(folder, monkeypatch, flag, reason):
    monkeypatch.setenv("ISOBOOTH_WCLAP_MEMORY_MIB", "64")
    with hostile(folder, flag) as booth:
        booth.start()
        for _ in range(3):
            answer = booth.play(frames=64)
            assert answer.status == lib.IB_STATUS_PLUGIN_ERROR
            assert not answer.audio.any()
        assert [text for level, text in booth.drain() if level == 4 and reason in text]
        with pytest.raises(PluginError, match="runs no more: the plugin has crashed in its sandbox") as caught:
            booth.plugin.save_state()
        assert reason in str(caught.value)
        booth.stop()
        with pytest.raises(PluginError, match="Restart it"):
            booth.begin()
        booth.driver = None
    with hostile(folder, "NOTHING") as booth:
        booth.start()
        assert booth.play(frames=64).status == lib.IB_STATUS_OK


def test_a_call_that_does_not_end_is_ended_where_that_is_wanted(folder, monkeypatch):
    monkeypatch.setenv("ISOBOOTH_WCLAP_INTERRUPT_MS", "20")
    with hostile(folder, "SPINS") as booth:
        booth.start()
        assert booth.play(frames=64).status == lib.IB_STATUS_PLUGIN_ERROR
        assert any("it took too long" in text for text in booth.faults())
    with pytest.raises(PluginLoadError, match="took too long"):
        hostile(folder, "SPINS_AT_START")


def test_outputs_are_where_the_host_put_them(folder):
    with hostile(folder, "MOVES_OUTPUT") as booth:
        booth.start()
        answer = booth.play(frames=64)
        assert answer.status == lib.IB_STATUS_OK
        assert np.array_equal(answer.audio, np.zeros((2, 64), np.float32))


def test_a_stream_that_is_given_what_is_not_there(folder):
    with hostile(folder, "LIES_IN_STREAM") as booth, pytest.raises(PluginError, match="a buffer that lies outside"):
        booth.plugin.save_state()


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("LIES_IN_DESCRIPTOR", "holds no plugin"),
        ("LIES_IN_PLUGIN", "a pointer that leads outside of its memory"),
        ("WRONG_TYPE", "its clap_plugin lacks functions, or has some of another type"),
        ("TRAPS_IN_INIT", "unreachable"),
    ],
)
def test_what_cannot_be_loaded_says_why(folder, flag, reason):
    with pytest.raises(PluginLoadError) as caught:
        hostile(folder, flag)
    assert reason in str(caught.value)


@pytest.mark.parametrize("flag", ["LIES_IN_EXTENSION", "WRONG_TYPE_IN_EXTENSION"])
def test_an_extension_that_is_none_is_not_used(folder, flag):
    with hostile(folder, flag) as booth:
        booth.start()
        assert booth.play(frames=64).status == lib.IB_STATUS_OK
        assert any("it is not used" in text for text in booth.faults())


def test_a_lie_in_a_text_is_no_text(folder):
    with hostile(folder, "LIES_IN_PORT") as booth:
        assert [bus.channels for bus in booth.plugin.descriptor.buses] == [2]


def test_a_table_that_cannot_grow_is_refused_with_what_to_do(folder):
    with pytest.raises(PluginLoadError, match="-Wl,--growable-table"):
        hostile(folder, "NOTHING", growable=False)


def test_a_module_without_malloc_is_refused_with_what_to_do(folder):
    with pytest.raises(PluginLoadError, match="-Wl,--export=malloc"):
        Booth(built("wclap_hostile", folder, "-Wno-export-malloc"), folder, load=load)

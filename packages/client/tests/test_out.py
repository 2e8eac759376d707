"""Results in the caller's own array, and 64-bit audio."""

import numpy as np
import pytest

from isobooth.client import ArgumentError, ArgumentTypeError, Chain, ParamValue, PluginError, load
from isobooth.protocol import get_include
from tests.support import ROOT, compile_plugin, real_plugin

from .conftest import noise

LENGTHS = [0, 1, 16, 17, 100]


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_lands_there(null, frames, dtype):
    plugin = null(block_size=16)
    audio = noise(2, frames, dtype=dtype)
    out = np.full((2, frames), 7, dtype)
    assert plugin.process(audio, out=out) is out
    assert (out == audio.astype(np.float32)).all()


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("slots", [1, 2, 0])
def test_in_place(null, frames, slots):
    plugin = null(block_size=16, slots=slots)
    audio = noise(2, frames)
    before = audio.copy()
    assert plugin.process(audio, out=audio) is audio
    assert (audio == before).all()


def test_parts_of_a_larger_array(null):
    plugin = null(block_size=16)
    song = noise(2, 1000)
    out = np.zeros_like(song)
    for at in range(0, 1000, 50):
        plugin.process(song[:, at : at + 50], out=out[:, at : at + 50])
    assert (out == song).all()
    for at in range(0, 1000, 50):
        plugin.process(song[:, at : at + 50], out=song[:, at : at + 50])
    assert (out == song).all()


def test_another_sample_format(null):
    out = np.zeros((2, 40), np.float64)
    audio = noise(2, 40)
    assert (null().process(audio, out=out) == audio).all()
    assert out.dtype == np.float64
    assert not null().process(frames=40, out=out).any()


def test_wrong_arrays(null):
    plugin = null(block_size=16)
    audio = noise(2, 40)
    for frames in (10, 40):  # the quick way and the other
        piece = audio[:, :frames]
        for out in (np.zeros((2, frames + 1), np.float32), np.zeros((1, frames), np.float32), np.zeros(2 * frames)):
            with pytest.raises(ArgumentError, match="shape"):
                plugin.process(piece, out=out)
        with pytest.raises(ArgumentError, match="without gaps"):
            plugin.process(piece, out=np.zeros((2, 2 * frames), np.float32)[:, ::2])
        with pytest.raises(ArgumentTypeError, match="int16"):
            plugin.process(piece, out=np.zeros((2, frames), np.int16))
        with pytest.raises(ArgumentTypeError, match="list"):
            plugin.process(piece, out=[[0.0] * frames] * 2)
        fixed = np.zeros((2, frames), np.float32)
        fixed.flags.writeable = False
        with pytest.raises(ArgumentError, match="read-only"):
            plugin.process(piece, out=fixed)


@pytest.mark.parametrize("frames", [10, 40])
def test_overlap(null, frames):
    plugin = null(block_size=16)
    memory = np.zeros((2, frames + 1), np.float32)
    with pytest.raises(ArgumentError, match="overlaps"):
        plugin.process(memory[:, :-1], out=memory[:, 1:])
    flat = np.zeros(3 * frames, np.float32)
    with pytest.raises(ArgumentError, match="overlaps"):
        plugin.process(flat[: 2 * frames].reshape(2, -1), out=flat[frames:].reshape(2, -1))


def test_chains_write_there_too(null):
    audio = noise(2, 100)
    out = np.zeros_like(audio)
    with Chain([null(), null()]) as chain:
        assert chain.process(audio, out=out) is out
        assert (out == audio).all()
        chain.bypass(0)
        assert chain.process(audio, out=audio) is audio
        chain.bypass(1)
        out[:] = 0
        assert chain.process(audio, out=out) is out
        assert (out == audio).all()


def test_float64_goes_the_quick_way(null):
    plugin = null(precision="float64", block_size=64)
    audio = noise(2, 64, dtype=np.float64) + 1e-12
    out = np.empty_like(audio)
    for _ in range(3):
        assert plugin.process(audio).tobytes() == audio.tobytes()
        assert plugin.process(audio, out=out) is out
        assert out.tobytes() == audio.tobytes()
    assert plugin.process(audio.astype(np.float32)).dtype == np.float32
    plugin.input[:] = audio
    plugin.submit()
    plugin.wait()
    assert plugin.output.tobytes() == audio.tobytes()


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """A CLAP that takes 64-bit audio; see clap_echo.c."""
    plugins = ROOT / "packages" / "host" / "tests" / "plugins"
    host = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
    target = tmp_path_factory.mktemp("plugins") / "clap_echo.clap"
    include = [f"-I{host}", f"-I{get_include()}", f"-I{plugins}"]
    return compile_plugin((plugins / "clap_echo.c").read_text(), target, *include)


@pytest.mark.parametrize("frames", [64, 1000])
def test_float64_through_a_clap(echo, frames):
    with load(echo, precision="float64", block_size=64) as plugin:
        inputs = plugin.descriptor.channels("input")
        audio = noise(inputs, frames, dtype=np.float64)
        gain = plugin.parameters[7]
        gain.value = 6.0 if gain.range[1] >= 6 else gain.range[1]
        wet = plugin.process(audio, outputs="all")
        assert wet.dtype == np.float64
        assert np.abs(wet - audio * 10 ** (gain.value / 20)).max() < 1e-14
        out = np.empty((plugin.buses[0].channels, frames))
        assert plugin.process(audio, out=out) is out


def test_a_plugin_without_float64_says_so():
    with pytest.raises(PluginError, match="does not take float64"):
        load(real_plugin("ZamComp.clap"), precision="float64")


def test_names_are_looked_up_once(monkeypatch):
    with load(f"{real_plugin('amp.so')}#amp_mono") as plugin:
        looked = []
        kind = type(plugin.parameters)
        real = kind.id_of
        monkeypatch.setattr(kind, "id_of", lambda self, key: looked.append(key) or real(self, key))
        plugin.process(np.ones((1, 100), np.float32), events=[ParamValue("Gain", n / 50, time=n) for n in range(50)])
        assert looked == ["Gain"]
        assert plugin.parameters["Gain"].value == pytest.approx(49 / 50)

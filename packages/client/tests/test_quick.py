"""The quick way is the other way but for the time it takes: the same audio, the same failures, the same errors."""

import os
import signal

import numpy as np
import pytest

from isobooth.client import ArgumentError, IsoboothError, PluginClosed, RestartPolicy, Transport, load
from isobooth.client import quick as quick_way
from isobooth.client._core import lib
from isobooth.client.player import Player
from tests.support import PATIENCE, in_threads, kill, real_plugin, until

from .conftest import noise

BLOCK = 64
LENGTHS = [1, 2, 63, 64, 65, 127, 128, 2047, 2048, 2049, 4096, 4097, 9 * 2048 + 5, 64 * 300]
OTHER_LATENCY = 3
"""A task of clap_meters.c; a sample above 10 kills it, below -10 it hangs, above 5 is an error."""
DEADLY, ENDLESS, WRONG = 11, -11, 6


class _Sub(np.ndarray):
    pass


@pytest.fixture
def slow_calls(monkeypatch):
    """Grows by one with each call that goes the other way."""
    calls = []
    real = Player.process

    def spy(self, *arguments):
        calls.append(arguments)
        return real(self, *arguments)

    monkeypatch.setattr(Player, "process", spy)
    return calls


def is_idle(plugin):
    return lib.ib_stream_in_flight(plugin._player.stream.pointer) == 0


def test_what_goes_which_way(null, slow_calls):
    plugin = null(block_size=16)
    audio = noise(2, 100)
    for frames in (1, 16, 17, 100):
        piece = audio[:, :frames].copy()
        assert plugin.process(piece, out=np.empty_like(piece)).tobytes() == piece.tobytes()
        assert plugin.process(piece).tobytes() == piece.tobytes()
    assert not slow_calls
    others = [audio[:, :0], audio[:, ::2], audio.view(_Sub), audio.astype(np.float64), np.asfortranarray(audio)]
    for number, piece in enumerate(others, start=1):
        assert np.array_equal(plugin.process(piece), piece.astype(np.float32))
        assert len(slow_calls) == number
    with plugin.piece():
        plugin.process(audio)
    assert len(slow_calls) == len(others) + 1


@pytest.mark.parametrize("block", [64, 512, 2048, 3000])
def test_a_real_plugin_sounds_the_same(block, slow_calls):
    """One with memory, whose meters say something with each block."""
    path = real_plugin("ZamComp.clap")
    with load(path, block_size=block) as quick, load(path, block_size=block) as slow:
        for plugin in (quick, slow):
            plugin.parameters["Threshold"].value = -30
            plugin.flush()
        for seed, frames in enumerate(LENGTHS):
            audio = noise(2, frames, seed)
            expected = slow.process(audio, events=[])
            out = audio[:1] if seed % 3 == 1 else None  # the result on top of the first channel
            assert quick.process(audio, out=out).tobytes() == expected.tobytes()
            assert quick.parameters["Output Level"].value == slow.parameters["Output Level"].value
        assert len(slow_calls) == len(LENGTHS)
        assert quick.stats.blocks == slow.stats.blocks


@pytest.mark.parametrize("slots", [0, 1, 3])
@pytest.mark.parametrize("frames", [BLOCK, 2500])
def test_float64_is_not_rounded(null, slots, frames, slow_calls):
    plugin = null(precision="float64", block_size=BLOCK, slots=slots)
    audio = noise(2, frames, dtype=np.float64) + 1e-12
    assert plugin.process(audio).tobytes() == audio.tobytes()
    assert plugin.process(audio, out=audio) is audio
    assert not slow_calls


@pytest.mark.parametrize("frames", [16, 100])
def test_results_that_cannot_be_aligned(null, frames):
    plugin = null(block_size=16)
    memory = np.zeros(2 * frames * 4 + 1, np.uint8)[1:]
    out = memory.view(np.float32).reshape(2, frames)
    for how in ({}, {"events": []}):
        with pytest.raises(ArgumentError, match="aligned"):
            plugin.process(noise(2, frames), out=out, **how)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (1, 2), (2, 1), (3, 5)])
def test_channel_counts(null, inputs, outputs):
    plugin = null(inputs=inputs, outputs=outputs, block_size=16)
    for frames in (16, 100):
        audio = noise(inputs, frames)
        assert np.array_equal(plugin.process(audio), plugin.process(audio, events=[]))
        larger = np.zeros((max(inputs, outputs), frames), np.float32)
        larger[:inputs] = audio
        wet = plugin.process(larger[:inputs], out=larger[:outputs])
        assert np.array_equal(wet[:inputs], audio[:outputs])
        assert not wet[inputs:].any()


def _outcome(plugin, audio, is_quick, out):
    try:
        return plugin.process(audio, out=out) if is_quick else plugin.process(audio, out=out, events=[])
    except IsoboothError as error:
        return type(error).__name__


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("frames", [BLOCK, 5000])
@pytest.mark.parametrize("sample", [DEADLY, ENDLESS, WRONG])
@pytest.mark.parametrize("on_crash", ["raise", "bypass", "silence"])
def test_failures_are_the_same(meters, on_crash, sample, frames, in_place):
    timeout = 0.3 if sample == ENDLESS else PATIENCE
    plugins = [meters(on_crash=on_crash, fade=0.002, timeout=timeout) for _ in range(2)]
    before, audio, after = noise(2, 500, 1), noise(2, frames, 2), noise(2, 200, 3)
    audio[1, frames // 2 + 3] = sample
    for part in (before, audio, after):
        arrays = [part.copy(), part.copy()]
        outcomes = [
            _outcome(plugin, array, is_quick, array if in_place else None)
            for plugin, array, is_quick in zip(plugins, arrays, (True, False), strict=True)
        ]
        assert np.array_equal(*outcomes), part.shape
        is_failure = part is audio or (part is after and sample != WRONG)
        assert isinstance(outcomes[0], str) == (on_crash == "raise" and is_failure)
    assert plugins[0].is_alive == (sample == WRONG)
    assert type(plugins[0]._connection.error) is type(plugins[1]._connection.error)
    assert is_idle(plugins[0])


@pytest.mark.parametrize("frames", [BLOCK, 5000])
def test_a_dead_plugin_comes_back_and_plays(meters, frames):
    plugin = meters(on_crash="bypass", restart=RestartPolicy(most=10, delay=0.0), fade=0)
    audio = noise(2, frames)
    plugin.parameters["Gain"].value = 0.5
    assert np.array_equal(plugin.process(audio), audio / 2)
    deadly = audio.copy()
    deadly[0, -1] = DEADLY
    assert np.array_equal(plugin.process(deadly)[:, -BLOCK:], deadly[:, -BLOCK:])
    assert plugin.wait_alive(PATIENCE)
    assert until(lambda: np.array_equal(plugin.process(audio), audio / 2))


@pytest.mark.parametrize("frames", [BLOCK, 5000])
def test_blocks_of_a_booth_that_died_are_waited_for_first(meters, frames):
    plugin = meters(on_crash="bypass", restart=RestartPolicy(most=10, delay=0.0))
    audio, pid = noise(2, frames), plugin.pid
    for _ in range(2):
        plugin.input[:] = 0
        plugin.submit()
    kill(pid)
    assert until(lambda: plugin.pid != pid and plugin.is_alive)
    for _ in range(2):
        with pytest.raises(BlockingIOError, match="in flight"):
            plugin.process(audio)
        plugin.wait()
    assert np.array_equal(plugin.process(audio), audio)


def test_patience_is_as_long_as_was_asked(meters, monkeypatch):
    plugin = meters(timeout=0.03)
    asked = []
    real = quick_way.play_block
    monkeypatch.setattr(quick_way, "play_block", lambda *given: asked.append(given[-1]) or real(*given))
    plugin.process(noise(2, BLOCK))
    assert asked == [30_000_000]


def test_the_stand_in_is_as_late_as_the_booth_has_just_told(meters):
    """Between two calls, so that no block has brought the new latency."""
    plugin = meters(on_crash="bypass", fade=0)
    audio = noise(2, BLOCK)
    plugin.parameters["Task"].value = OTHER_LATENCY
    plugin.process(audio)
    assert until(lambda: plugin.latency == 32)
    audio[0, 0] = DEADLY
    wet = plugin.process(audio)
    assert not wet[:, :32].any()
    assert np.array_equal(wet[:, 32:], audio[:, :32])


@pytest.mark.parametrize("frames", [BLOCK, 64 * 100])
def test_what_changes_between_calls(meters, frames):
    plugin = meters()
    audio = noise(2, frames)
    assert np.array_equal(plugin.process(audio), audio)
    plugin.parameters["Gain"].value = 2
    assert np.array_equal(plugin.process(audio), 2 * audio)
    plugin.bypass = True
    assert np.array_equal(plugin.process(audio), audio)
    plugin.bypass = False
    assert np.array_equal(plugin.process(audio), 2 * audio)
    plugin.restart()
    assert np.array_equal(plugin.process(audio), 2 * audio)
    plugin.submit()
    with pytest.raises(BlockingIOError, match="in flight"):
        plugin.process(audio)
    plugin.wait()
    assert np.array_equal(plugin.process(audio), 2 * audio)
    plugin.close()
    with pytest.raises(PluginClosed):
        plugin.process(audio)


def test_the_song_goes_on_as_on_the_other_way(null):
    quick, slow = null(block_size=BLOCK), null(block_size=BLOCK)
    songs = []
    for plugin, how in ((quick, {}), (slow, {"events": []})):
        plugin.process(noise(2, 10), transport=Transport(tempo=133.0), **how)
        for frames in LENGTHS:
            plugin.process(noise(2, frames), **how)
        song = quick_way.ffi.new("struct ib_transport *")
        assert lib.ib_stream_get_transport(plugin._player.stream.pointer, song)
        songs.append((bytes(quick_way.ffi.buffer(song)), plugin._player.stream.report().steady_time))
    assert songs[0] == songs[1]


def test_parameters_that_others_set_meanwhile(meters):
    plugin = meters()
    audio = np.ones((2, 64 * 200), np.float32)
    seen = set()

    def work(number):
        for turn in range(1, 40):
            if number:
                plugin.parameters["Gain"].value = turn
            else:
                seen.update(np.unique(plugin.process(audio)).tolist())

    in_threads(2, work)
    assert seen <= set(map(float, range(1, 40)))
    assert plugin.process(audio).min() == 39


def test_calls_wait_for_each_other(meters):
    plugin = meters()
    arrays = [noise(2, frames, frames) for frames in (BLOCK, 64 * 50, 64 * 2000)]

    def work(number):
        return all(np.array_equal(plugin.process(arrays[number]), arrays[number]) for _ in range(25))

    assert all(in_threads(len(arrays), work))


def test_ctrl_c_in_a_long_array(meters):
    plugin = meters()
    audio = noise(2, 64)
    long = np.zeros((2, 64 * 200_000), np.float32)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for seconds in (0.001, 0.02, 0.15):
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, seconds)
                for _ in range(1000):
                    plugin.process(long, out=long)
            assert np.array_equal(plugin.process(audio), audio)
            assert np.array_equal(plugin.process(long[:, :10000]), long[:, :10000])
            assert is_idle(plugin)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert plugin.is_alive


@pytest.mark.parametrize("in_piece", [False, True])
def test_a_forked_child_plays_nothing(meters, in_piece):
    """Neither at once, nor after it has left a piece, nor by leaving it."""
    plugin = meters()
    audio = noise(2, BLOCK)
    plugin.process(audio)
    reader, writer = os.pipe()
    child = _fork_in_a_piece(plugin) if in_piece else os.fork()
    if child == 0:
        answer = b"played"
        try:
            plugin.process(audio)
        except PluginClosed:
            answer = b"closed"
        finally:
            os.write(writer, answer)
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"closed"
    os.close(reader)
    os.close(writer)
    assert np.array_equal(plugin.process(audio), audio)
    assert plugin.parameters["Meter 0"].value == 2  # blocks


def _fork_in_a_piece(plugin):
    with plugin.piece():
        return os.fork()

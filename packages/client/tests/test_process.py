"""Audio through the null plugin: any length, layout and type comes back bit by bit, all else is one clear error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.client import ArgumentError, ArgumentTypeError, IsoboothError, PluginClosed, Transport, load


def noise(channels, frames, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(dtype)


@pytest.fixture(scope="module")
def small():
    with load("null:", block_size=16, slots=3) as plugin:
        yield plugin


@pytest.mark.parametrize("frames", [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_length_comes_back(small, frames, dtype):
    audio = noise(2, frames, frames).astype(dtype)
    wet = small.process(audio)
    assert wet.dtype == dtype
    assert wet.shape == audio.shape
    assert wet.tobytes() == audio.tobytes()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 70), min_size=1, max_size=12), st.integers(0, 2**31))
def test_a_stream_of_pieces_is_the_whole(small, lengths, seed):
    whole = noise(2, sum(lengths), seed)
    ends = np.cumsum(lengths)
    pieces = [small.process(piece) for piece in np.split(whole, ends[:-1], axis=1)]
    assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("block", [1, 7, 64, 512, 4096])
@pytest.mark.parametrize("slots", [0, 1, 2, 64])
def test_block_size_and_slots_change_nothing(null, block, slots):
    plugin = null(block_size=block, slots=slots)
    audio = noise(2, 3 * block + 5)
    assert plugin.process(audio).tobytes() == audio.tobytes()


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, 1e-42, -0.0, 3.4e38])
def test_special_numbers_survive(small, special):
    audio = np.full((2, 40), special, np.float32)
    assert small.process(audio).tobytes() == audio.tobytes()


def test_float64_precision_is_kept(null):
    plugin = null(precision="float64")
    audio = noise(2, 1300, dtype=np.float64) + 1e-12
    assert plugin.process(audio).tobytes() == audio.tobytes()


def test_float64_goes_through_float32(small):
    audio = np.random.default_rng(1).uniform(-1, 1, (2, 100))
    assert (small.process(audio) == audio.astype(np.float32)).all()


def _read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def _unaligned(a):
    buffer = np.zeros(a.nbytes + 1, np.uint8)
    view = buffer[1:].view(a.dtype).reshape(a.shape)
    view[:] = a
    return view


LAYOUTS = {
    "columns first": np.asfortranarray,
    "every other frame": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "frames backwards": lambda a: a[:, ::-1].copy()[:, ::-1],
    "channels backwards": lambda a: a[::-1].copy()[::-1],
    "transposed": lambda a: a.T.copy().T,
    "part of longer rows": lambda a: np.pad(a, ((1, 1), (3, 9)))[1:-1, 3:-9],
    "read-only": _read_only,
    "subclass": lambda a: a.view(_Sub),
    "unaligned": _unaligned,
}


class _Sub(np.ndarray):
    pass


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("frames", [10, 100])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_in_memory(small, layout, frames, dtype):
    audio = noise(2, frames, 3).astype(dtype)
    handed = LAYOUTS[layout](audio)
    assert (handed == audio).all()
    assert np.asarray(small.process(handed)).tobytes() == audio.tobytes()
    assert (handed == audio).all()


def test_one_row_for_all_channels(small):
    handed = np.broadcast_to(noise(1, 50), (2, 50))
    assert (small.process(handed) == handed).all()


def test_the_result_is_the_callers(small):
    audio = noise(2, 10)
    first = small.process(audio)
    kept = first.copy()
    small.process(noise(2, 10, 9))
    assert first.flags.owndata or first.base is None or first.base.flags.owndata
    assert (first == kept).all()


def test_mono(null):
    plugin = null(inputs=1, outputs=1)
    audio = noise(1, 700)
    assert plugin.process(audio).tobytes() == audio.tobytes()
    flat = plugin.process(audio[0])
    assert flat.shape == (1, 700)
    assert flat.tobytes() == audio.tobytes()


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 2), (2, 1), (3, 5), (64, 64), (70, 70)])
def test_channel_counts(null, inputs, outputs):
    plugin = null(inputs=inputs, outputs=outputs, block_size=32)
    audio = noise(inputs, 100)
    wet = plugin.process(audio)
    assert wet.shape == (outputs, 100)
    both = min(inputs, outputs)
    assert (wet[:both] == audio[:both]).all()
    assert not wet[both:].any()


def test_without_audio(small):
    assert small.process(frames=37).shape == (2, 37)
    assert not small.process(frames=37).any()
    assert small.process(frames=0).shape == (2, 0)
    assert small.process(frames=np.int64(5)).shape == (2, 5)


WRONG = {
    "a list": ([[0.0], [0.0]], ArgumentTypeError, "numpy array"),
    "None": (None, ArgumentError, "frames"),
    "text": ("audio", ArgumentTypeError, "str"),
    "integers": (np.zeros((2, 4), np.int16), ArgumentTypeError, "int16"),
    "float16": (np.zeros((2, 4), np.float16), ArgumentTypeError, "float16"),
    "complex": (np.zeros((2, 4), np.complex64), ArgumentTypeError, "complex64"),
    "objects": (np.zeros((2, 4), object), ArgumentTypeError, "object"),
    "other byte order": (np.zeros((2, 4), ">f4"), ArgumentTypeError, "f4"),
    "three dimensions": (np.zeros((1, 2, 4), np.float32), ArgumentError, "3 dimensions"),
    "a number": (np.float32(1), ArgumentTypeError, "float32"),
    "a zero-dimensional array": (np.zeros((), np.float32), ArgumentError, "dimensions"),
    "too many channels": (np.zeros((3, 4), np.float32), ArgumentError, "3 channels"),
    "no channels": (np.zeros((0, 4), np.float32), ArgumentError, "0 channels"),
    "frames first": (np.zeros((400, 2), np.float32), ArgumentError, "audio.T"),
    "mono for stereo": (np.zeros(400, np.float32), ArgumentError, "repeat"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_audio(small, what):
    audio, kind, text = WRONG[what]
    with pytest.raises(kind, match=text):
        small.process(audio)
    assert small.process(noise(2, 5)).shape == (2, 5)


@pytest.mark.parametrize("frames", [-1, 1.5, "7", True, float("nan"), None])
def test_wrong_frames(small, frames):
    with pytest.raises(ArgumentError, match="frames"):
        small.process(frames=frames)


@pytest.mark.parametrize("frames", [2**62, 2**80])
def test_absurd_frames(small, frames):
    with pytest.raises((IsoboothError, MemoryError)):
        small.process(frames=frames)


def test_frames_beside_audio(small):
    with pytest.raises(ArgumentError, match="frames"):
        small.process(noise(2, 5), frames=5)


def test_wrong_outputs(small):
    with pytest.raises(ArgumentError, match="outputs"):
        small.process(noise(2, 5), outputs="some")


OPTIONS = [
    ("sample_rate", float("nan")), ("sample_rate", 0), ("sample_rate", -48000.0), ("sample_rate", float("inf")),
    ("sample_rate", 1e300), ("sample_rate", "fast"), ("sample_rate", None), ("sample_rate", True), ("sample_rate", 1j),
    ("block_size", 0), ("block_size", -1), ("block_size", 2**21), ("block_size", 2**70), ("block_size", 1.5),
    ("block_size", "512"), ("block_size", None), ("block_size", float("nan")), ("block_size", True),
    ("slots", 65), ("slots", -3), ("slots", 2.0), ("slots", 10**9),
    ("inputs", -1), ("inputs", 1025), ("outputs", "two"), ("outputs", 2**40),
    ("event_bytes", 0), ("event_bytes", 2**27), ("event_bytes", None),
    ("denormals", "both"), ("precision", "float16"), ("precision", None), ("on_crash", "weep"),
    ("timeout", 0), ("timeout", float("nan")), ("timeout", -1), ("timeout", "soon"), ("timeout", float("inf")),
    ("load_timeout", 0), ("load_timeout", float("nan")), ("load_timeout", [1]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), OPTIONS, ids=repr)
def test_options_that_cannot_be(name, value):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=name):
        load("null:", **{name: value})


@pytest.mark.parametrize("options", [{"sample_rate": 1.0}, {"sample_rate": 1e7}, {"sample_rate": np.float32(44100)},
                                     {"block_size": np.int64(64)}, {"block_size": 1}, {"event_bytes": 65}])  # fmt: skip
def test_options_at_the_edge(null, options):
    plugin = null(**options)
    audio = noise(2, 50)
    assert (plugin.process(audio) == audio).all()


def test_a_segment_that_no_machine_has(nothing_left):
    with pytest.raises(IsoboothError, match="shared memory"):
        load("null:", block_size=2**20, slots=64, inputs=1024, outputs=1024)


def test_closed(null):
    plugin = null()
    plugin.process(noise(2, 5))
    plugin.close()
    plugin.close()
    calls = [
        lambda: plugin.process(noise(2, 5)),
        lambda: plugin.process(noise(2, 5000)),
        lambda: plugin.process(frames=4),
        lambda: plugin.render(noise(2, 5)),
        plugin.flush,
        plugin.reset,
        plugin.restart,
        plugin.submit,
        plugin.wait,
        lambda: plugin.input,
        lambda: plugin.state,
        lambda: setattr(plugin, "state", b""),
        plugin.refresh_values,
        lambda: plugin.set_offline(True),
    ]
    for call in calls:
        with pytest.raises(PluginClosed):
            call()
    assert not plugin.is_alive
    assert "closed" in repr(plugin)
    assert plugin.stats.blocks == 1
    assert plugin.pid > 0
    plugin.take_events()


def test_render_is_the_audio_itself(small):
    audio = noise(2, 1234)
    assert (small.render(audio) == audio).all()
    assert small.render(audio, tail=0.01).shape == (2, 1234 + 480)
    assert small.render(audio[:, :100], tail="auto").shape[1] >= 100
    for wrong in (-1.0, float("nan"), 1e9):
        with pytest.raises(ArgumentError, match="tail"):
            small.render(audio, tail=wrong)
    with pytest.raises(ArgumentTypeError, match="tail"):
        small.render(audio, tail="long")


@pytest.mark.parametrize("wrong", [
    Transport(tempo=0), Transport(tempo=-1), Transport(tempo=float("nan")), Transport(signature=(0, 4)),
    Transport(signature=(4, 0)),
    Transport(signature=(70000, 4)), Transport(tempo_ramp=float("inf")), Transport(position_beats=float("nan")),
    Transport(position_samples=2**70), Transport(bar_number=2**40), Transport(system_time_ns=-1), Transport(tempo="x"),
    Transport(position_samples=0.5), Transport(signature=4), Transport(bar_number=float("nan")),
    Transport(position_beats=1e300),
    {"tempo": 120}, 120,
])  # fmt: skip
def test_wrong_transport(small, wrong):
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        small.process(noise(2, 5), transport=wrong)
    assert (small.process(noise(2, 5)) == noise(2, 5)).all()

"""Events through the null plugin, which sends back what it gets: at the right time, whole, in order, however much."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.client import (
    ArgumentError,
    ArgumentTypeError,
    IsoboothError,
    Midi,
    Midi2,
    NoteChoke,
    NoteEnd,
    NoteExpression,
    NoteOff,
    NoteOn,
    Sysex,
    load,
)
from isobooth.protocol.events import EXPRESSIONS, ump_words

KEYS = st.integers(0, 127)
UNIT = st.floats(0, 1)
NOTE_IDS = st.integers(-1, 2**31 - 1)
WORDS = st.integers(0, 2**32 - 1)
EVENTS = st.one_of(
    st.builds(NoteOn, KEYS, UNIT, NOTE_IDS, channel=st.integers(-1, 15), port=st.integers(-1, 99)),
    st.builds(NoteOff, KEYS, UNIT, NOTE_IDS),
    st.builds(NoteChoke, KEYS, NOTE_IDS),
    st.builds(NoteEnd, KEYS, NOTE_IDS),
    st.builds(NoteExpression, st.sampled_from(EXPRESSIONS), st.floats(-1e6, 1e6), key=KEYS),
    st.builds(lambda a, b, c: Midi(bytes([a, b, c])), st.integers(0x80, 0xBF), KEYS, KEYS),
    WORDS.flatmap(lambda w: st.builds(lambda rest: Midi2((w, *rest)), st.tuples(*[WORDS] * (ump_words(w) - 1)))),
    st.binary(max_size=200).map(lambda data: Sysex(b"\xf0" + data + b"\xf7")),
)


@pytest.fixture(scope="module")
def echo():
    with load("null:", block_size=10, slots=3, event_bytes=256) as plugin:
        yield plugin


def at(event, time):
    return type(event)(**{name: getattr(event, name) for name in event.__struct_fields__} | {"time": time})


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(EVENTS, st.integers(0, 94)), max_size=40))
def test_what_goes_in_comes_back(echo, pairs):
    sent = [at(event, time) for event, time in pairs]
    echo.process(frames=95, events=sent)
    assert echo.take_events() == sorted(sent, key=lambda event: event.time)
    assert echo.take_events() == []


def test_every_frame_has_its_event(echo):
    sent = [NoteOn(frame % 128, note_id=frame, time=frame) for frame in range(995)]
    echo.process(frames=995, events=reversed(sent))
    assert echo.take_events() == sent


def test_equal_times_keep_their_order(echo):
    sent = [NoteOn(60, note_id=number, time=25) for number in range(300)]
    echo.process(frames=50, events=sent)
    assert echo.take_events() == sent


def test_events_of_several_calls_are_kept_until_taken(echo):
    for number in range(5):
        echo.process(frames=20, events=[NoteOn(number, time=3)])
    assert [event.key for event in echo.take_events()] == [0, 1, 2, 3, 4]


def test_a_block_of_no_frames_carries_events(echo):
    echo.process(frames=0, events=[NoteOn(60), NoteOff(60)])
    assert echo.take_events() == [NoteOn(60), NoteOff(60)]
    with pytest.raises(ArgumentError, match="behind the end"):
        echo.process(frames=0, events=[NoteOn(60, time=1)])


def test_a_megabyte_of_sysex(null):
    plugin = null(block_size=64)
    message = Sysex(b"\xf0" + bytes(np.random.default_rng(0).integers(0, 128, 1_000_000, np.uint8)) + b"\xf7", time=100)
    audio = np.random.default_rng(1).uniform(-1, 1, (2, 300)).astype(np.float32)
    before = plugin.process(audio)
    wet = plugin.process(audio, events=[NoteOn(1, time=99), message, NoteOn(2, time=101)])
    assert (wet == audio).all()
    assert (before == audio).all()
    assert plugin.take_events() == [NoteOn(1, time=99), message, NoteOn(2, time=101)]
    assert (plugin.process(audio) == audio).all()
    assert plugin.stats.dropped == 0


def test_as_many_as_can_be(null):
    plugin = null(block_size=512)
    sent = [NoteOn(60, note_id=number, time=number % 512) for number in range(50_000)]
    plugin.process(frames=512, events=sent)
    assert plugin.take_events() == sorted(sent, key=lambda event: event.time)


def test_more_than_can_be(null):
    plugin = null(block_size=512)
    long = Sysex(b"\xf0" + bytes(2**24 - 2) + b"\xf7")
    with pytest.raises(ArgumentError, match="events"):
        plugin.process(frames=10, events=[long] * 5)
    plugin.process(frames=10, events=[long])
    assert plugin.take_events() == [long]
    with pytest.raises(ArgumentError, match="sysex"):
        plugin.process(frames=10, events=[Sysex(b"\xf0" + bytes(2**24) + b"\xf7")])


WRONG = [
    NoteOn(60, time=10), NoteOn(60, time=2**40), NoteOn(60, time=-1), NoteOn(60, time=1.0), NoteOn(60, time="soon"),
    NoteOn(60, time=None),
    NoteOn(128), NoteOn(-1), NoteOn(60.5), NoteOn("C4"), NoteOn(60, 1.5), NoteOn(60, -0.1), NoteOn(60, float("nan")),
    NoteOn(60, "loud"),
    NoteOn(60, note_id=-2), NoteOn(60, note_id=2**31), NoteOn(60, channel=16), NoteOn(60, channel=-2),
    NoteOn(60, port=40000),
    NoteExpression("loudness", 1.0), NoteExpression("volume", float("inf")), NoteExpression("volume", "x"),
    NoteExpression(1, 1.0),
    Midi(b""), Midi(b"\x90\x00\x00\x00"), Midi(b"\x00"), Midi(b"\xf0"), Midi("\x90"), Midi([0x90, 60, 100]), Midi(None),
    Midi(3),
    Midi(b"\x90\x80\x00"), Midi(b"\x90"),
    Midi2(()), Midi2((1, 2, 3, 4, 5)), Midi2((2**32,)), Midi2((-1,)), Midi2(("x",)), Midi2(5), Midi2(b"\x01\x02"),
    Sysex(b""), Sysex(b"\xf0"), Sysex(b"\xf0\x01"), Sysex(b"\x01\xf7"), Sysex("x"), Sysex(None),
    "note", 60, None, b"\x90\x3c\x40", (b"\x90\x3c\x40",), (b"\x90\x3c\x40", "now"), (b"\x90\x3c\x40", float("nan")),
    pytest.param(object(), id="an object"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_events_that_cannot_be(echo, wrong):
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        echo.process(frames=10, events=[NoteOn(60), wrong])
    echo.process(frames=10)
    assert echo.take_events() == []


@pytest.mark.parametrize("wrong", [5, NoteOn(60), "abc", [[NoteOn(60)]]], ids=repr)
def test_what_is_no_list_of_events(echo, wrong):
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        echo.process(frames=10, events=wrong)


def test_parameters_that_are_not_there(echo):
    from isobooth.client import GestureBegin, ParamMod, ParamValue

    unknown = [
        ParamValue("Gain", 1.0),
        ParamMod(0, 1.0),
        GestureBegin("gain"),
        ParamValue(None, 1.0),
        ParamValue(2.5, 1),
    ]
    for event in unknown:
        with pytest.raises(IsoboothError, match="no parameter"):
            echo.process(frames=10, events=[event])


def test_pairs_and_mido_messages(echo):
    mido = pytest.importorskip("mido")
    seconds = 7 / 48000
    echo.process(frames=10, events=[(b"\x90\x3c\x40", seconds), mido.Message("note_off", note=60, time=seconds)])
    assert echo.take_events() == [Midi(b"\x90\x3c\x40", time=7), Midi(b"\x80\x3c\x40", time=7)]


def test_mido_file(null):
    mido = pytest.importorskip("mido")
    plugin = null()
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    track.append(mido.Message("note_on", note=60, velocity=100, time=480))
    track.append(mido.Message("sysex", data=[1, 2, 3], time=0))
    track.append(mido.Message("note_off", note=60, time=480))
    plugin.process(frames=48001, events=file)
    assert plugin.take_events() == [
        Midi(b"\x90\x3c\x64", time=24000),
        Sysex(b"\xf0\x01\x02\x03\xf7", time=24000),
        Midi(b"\x80\x3c\x40", time=48000),
    ]


def test_live_is_kept(echo):
    echo.process(frames=10, events=[NoteOn(60, live=True)])
    (back,) = echo.take_events()
    assert back.live


def test_events_with_submitted_blocks(null):
    plugin = null(block_size=64, slots=4)
    for number in range(3):
        assert plugin.submit(64, events=[NoteOn(number, time=number * 10)]) == number + 1
    for number in range(3):
        assert plugin.wait() == 1
        assert plugin.take_events() == [NoteOn(number, time=number * 10)]


def test_events_without_room_in_a_submitted_block_go_with_the_next(null):
    plugin = null(block_size=64, event_bytes=64)
    plugin.submit(64, events=[NoteOn(1, time=1), NoteOn(2, time=2), NoteOn(3, time=3)])
    plugin.submit(64)
    plugin.wait()
    assert plugin.take_events() == [NoteOn(1, time=1), NoteOn(2, time=2)]
    plugin.wait()
    assert plugin.take_events() == [NoteOn(3, time=0)]


def test_an_event_that_no_submitted_block_has_room_for(null):
    plugin = null(event_bytes=64)
    with pytest.raises(ArgumentError, match="event_bytes"):
        plugin.submit(64, events=[Sysex(b"\xf0" + bytes(100) + b"\xf7")])
    assert plugin.wait() == 0
    plugin.process(frames=10, events=[Sysex(b"\xf0" + bytes(100) + b"\xf7")])
    assert len(plugin.take_events()) == 1

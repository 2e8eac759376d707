"""What LV2 plugins get and give through ports of events: MIDI, the transport, properties."""

import struct

import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import (
    Midi,
    Midi2,
    NoteChoke,
    NoteExpression,
    NoteOff,
    NoteOn,
    ParamMod,
    ParamValue,
    Sysex,
)
from packages.host.tests.ladspa_player import build
from packages.host.tests.lv2_player import FIRST_PROPERTY, Shape, Witness, uri, urid

BAD = lib.IB_STATUS_FLAG_BAD_EVENTS
MIDI = "http://lv2plug.in/ns/ext/midi#MidiEvent"
ATOM = "http://lv2plug.in/ns/ext/atom#"
PATCH = "http://lv2plug.in/ns/ext/patch#"
TIME = "http://lv2plug.in/ns/ext/time#"
A = ("urn:witness:a", lib.IB_LV2_TYPE_FLOAT, 0.0, 1.0, 0.0)
B = ("urn:witness:b", lib.IB_LV2_TYPE_INT, -10.0, 10.0, 0.0)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build("lv2_witness", tmp_path_factory.mktemp("lv2"))


@pytest.fixture
def make(library):
    made = []

    def new(**shape):
        made.append(Witness(library, Shape(**shape)))
        return made[-1].activate()

    yield new
    assert [witness.close() for witness in made] == [0] * len(made)


def parse(body):
    """Class and properties of an object."""
    _, otype = struct.unpack_from("<II", body)
    at, found = 8, {}
    while at < len(body):
        key, context, size, kind = struct.unpack_from("<IIII", body, at)
        assert context == 0
        found[uri(key)] = value(uri(kind), body[at + 16 : at + 16 + size])
        at += 16 + (size + 7) // 8 * 8
    return uri(otype), found


def value(kind, body):
    formats = {"Float": "<f", "Double": "<d", "Int": "<i", "Bool": "<i", "Long": "<q", "URID": "<I"}
    found = struct.unpack(formats[kind.removeprefix(ATOM)], body)[0]
    return uri(found) if kind == ATOM + "URID" else found


def objects(witness):
    return [(n.run, n.frames, *parse(n.body)) for n in witness.notes() if n.type == ATOM + "Object"]


# -- MIDI -------------------------------------------------------------------------------------------------------------


def test_notes_and_midi_become_midi_on_their_port(make):
    witness = make()
    events = [
        NoteOn(time=1, key=60, velocity=1.0, channel=3),
        NoteOn(time=2, key=61, velocity=0.0, port=1),
        NoteOff(time=3, key=60, velocity=0.5, channel=3),
        NoteChoke(time=4, key=-1, channel=2),
        NoteExpression(time=5, expression="pressure", value=1.0, key=60),
        NoteExpression(time=6, expression="pan", value=1.0, key=60),
        Midi(time=7, data=b"\xc0\x05"),
        Midi2(time=8, words=(0x40903C00, 0xFFFF0000)),
    ]
    assert witness.play(events=events).flags == 0
    found = [(n.frames, n.body, n.old) for n in witness.notes()]
    assert all(n.type == MIDI for n in witness.notes())
    assert [f for f in found if not f[2]] == [
        (1, b"\x93\x3c\x7f", False),
        (3, b"\x83\x3c\x40", False),
        (4, b"\xb2\x78\x00", False),
        (5, b"\xa0\x3c\x7f", False),
        (7, b"\xc0\x05", False),
        (8, b"\x90\x3c\x7f", False),
    ]
    assert [f for f in found if f[2]] == [(2, b"\x90\x3d\x01", True)]


def test_wild_addresses_reach_all_channels_and_ports(make):
    witness = make()
    witness.play(events=[NoteOff(key=60, channel=-1, port=-1)])
    found = [(n.old, n.body[0]) for n in witness.notes()]
    assert sorted(found) == [(old, 0x80 | channel) for old in (False, True) for channel in range(16)]


def test_a_port_that_is_not_there_is_flagged(make):
    assert make().play(events=[NoteOn(key=60, port=7)]).flags == BAD


@pytest.mark.parametrize("port", [0, 1])
def test_system_exclusive_goes_through_whole(make, port):
    witness = make()
    data = b"\xf0" + bytes(range(100)) * 5 + b"\xf7"
    said = witness.play(events=[Sysex(time=6, data=data, port=port)]).events
    assert [(e.time, e.port, e.data) for e in said] == [(6, port, data)]


@pytest.mark.parametrize("port", [0, 1])
def test_more_events_than_a_port_holds_cut_the_block(make, port):
    witness = make(capacity=64)
    events = [Midi(time=i, data=bytes([0x90, i, 64]), port=port) for i in range(10)]
    outcome = witness.play(events=events)
    assert outcome.flags == 0
    assert [n.body[1] for n in witness.notes()] == list(range(10))
    assert [(e.time, e.data[1]) for e in outcome.events] == [(i, i) for i in range(10)]
    assert witness.value("RUNS") > 1
    assert (outcome.audio == [[1.0], [2.0]]).all()


@pytest.mark.parametrize("port", [0, 1])
def test_what_does_not_fit_at_one_frame_is_flagged_and_logged_once(make, port):
    witness = make(capacity=64)
    events = [Midi(time=3, data=b"\x90\x3c\x40", port=port) for i in range(10)]
    assert witness.play(events=events).flags == BAD
    assert [n.frames for n in witness.notes()] == ([3, 3] if port == 0 else [3, 3, 3, 3])
    assert witness.play(events=events).flags == BAD
    assert [level for level, _ in witness.logged()] == [2]


HOSTILE = {
    "HUGE_SEQUENCE": ("longer than the room", [(0, b"\x90\x3c\x64")]),
    "HUGE_EVENT": ("longer than what holds it", []),
    "NO_SEQUENCE": ("no sequence", []),
    "EMPTY_MIDI": ("without a status byte", []),
    "ODD_TIMES": (None, [(63, b"\x90\x3c\x64")]),
    "SHORT_OBJECT": ("too short", []),
    "HUGE_OLD": ("more than its capacity", []),
    "HUGE_OLD_EVENT": ("longer than what holds it", []),
}


@pytest.mark.parametrize("mode", HOSTILE)
def test_nothing_that_a_plugin_writes_is_believed(make, mode):
    witness = make()
    text, expected = HOSTILE[mode]
    witness.mode(mode)
    for _ in range(2):
        said = witness.play().events
        assert [(e.time, e.data) for e in said] == expected
    lines = witness.logged()
    assert [level for level, _ in lines] == ([] if text is None else [6])
    assert text is None or text in lines[0][1]
    witness.mode("ECHO")
    assert len(witness.play(events=[Midi(data=b"\xfe")]).events) == 1


def test_more_output_than_room_is_counted(make):
    witness = make()
    assert witness.play(events=[Midi(data=b"\xfe")] * 20).dropped == 0


# -- transport --------------------------------------------------------------------------------------------------------

PLAYING = (
    lib.IB_TRANSPORT_PLAYING | lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_BEATS | lib.IB_TRANSPORT_HAS_SIGNATURE
)


def song(samples=0, tempo=120.0, flags=PLAYING, **more):
    """4/4 at 48 kHz from beat 0 at sample 0."""
    beats = samples / 48000 * tempo / 60
    given = {
        "flags": flags,
        "signature_numerator": 4,
        "signature_denominator": 4,
        "position_samples": samples,
        "position_beats": beats,
        "tempo": tempo,
        "bar_start_beats": beats // 4 * 4,
        "bar_number": int(beats // 4),
    }
    return ffi.new("struct ib_transport *", given | more)


def test_the_transport_is_told_at_the_start_and_whenever_it_changes(make):
    witness = make()
    witness.play(frames=256, transport=song())
    assert objects(witness) == [
        (
            1,
            0,
            TIME + "Position",
            {
                TIME + "frame": 0,
                TIME + "speed": 1.0,
                TIME + "framesPerSecond": 48000.0,
                TIME + "beat": 0.0,
                TIME + "bar": 0,
                TIME + "barBeat": 0.0,
                TIME + "beatUnit": 4,
                TIME + "beatsPerBar": 4.0,
                TIME + "beatsPerMinute": 120.0,
            },
        )
    ]
    for block in range(1, 400):  # over a bar line, too
        witness.play(frames=256, transport=song(256 * block))
        assert objects(witness) == []
    for changed in (song(48000), song(48256, 90.0), song(48512, 90.0, PLAYING & ~lib.IB_TRANSPORT_PLAYING)):
        witness.play(frames=256, transport=changed)
        assert [kind for _, _, kind, _ in objects(witness)] == [TIME + "Position"]
    witness.play(frames=256, transport=song(48512, 90.0, PLAYING & ~lib.IB_TRANSPORT_PLAYING))
    assert objects(witness) == []


def test_a_loop_is_a_jump_and_a_ramp_is_many_changes(make):
    witness = make()
    looping = {"flags": PLAYING | lib.IB_TRANSPORT_LOOPING, "loop_end_beats": 256 / 24000}
    witness.play(frames=256, transport=song(0, **looping))
    witness.play(frames=256, transport=song(0, **looping))
    assert [found[TIME + "frame"] for _, _, _, found in objects(witness)] == [0, 0]
    for tempo in (120.0, 130.0, 140.0):
        witness.play(frames=256, transport=song(0, tempo, tempo_ramp=10 / 256))
    assert len(objects(witness)) == 3


def test_beats_are_of_the_signature(make):
    witness = make()
    witness.play(transport=song(48000, 60.0, signature_numerator=7, signature_denominator=8))
    found = objects(witness)[0][3]
    assert (found[TIME + "beatsPerMinute"], found[TIME + "barBeat"], found[TIME + "beat"]) == (120.0, 2.0, 2.0)
    assert (found[TIME + "beatUnit"], found[TIME + "beatsPerBar"]) == (8, 7.0)


def test_a_transport_event_is_told_at_its_frame(make):
    witness = make()
    transport = bytes(ffi.buffer(song(96000)))
    size = 16 + 8 + len(transport) - 8
    raw = struct.pack("<IIBBhhh", size, 40, lib.IB_EVENT_TRANSPORT, 0, -1, -1, -1) + transport
    witness.play(frames=64, transport=song(0), raw=raw)
    assert [(at, found[TIME + "frame"]) for _, at, _, found in objects(witness)] == [(0, 0), (40, 96000)]
    witness.play(frames=64, transport=song(96024))
    assert objects(witness) == []


def test_without_a_transport_nothing_is_told_and_afterwards_all(make):
    witness = make()
    witness.play()
    assert objects(witness) == []
    witness.play(transport=song(0))
    witness.reset()
    witness.play(transport=song(64))
    assert len(objects(witness)) == 2


# -- properties -------------------------------------------------------------------------------------------------------


def test_properties_are_asked_for_at_the_start(make):
    witness = make(properties=[A, B])
    witness.play()
    assert objects(witness) == [(1, 0, PATCH + "Get", {PATCH + "property": name}) for name, *_ in (A, B)]
    witness.play()
    assert objects(witness) == []


def test_many_properties_are_asked_for_and_set_over_several_blocks(make):
    many = [(f"urn:witness:{i}", lib.IB_LV2_TYPE_FLOAT, 0.0, 1000.0, 0.0) for i in range(100)]
    witness = make(capacity=1000, properties=many)
    for i in range(100):
        lib.ib_lv2_set(witness.lv2, FIRST_PROPERTY + i, float(i))
    found = []
    for _ in range(30):
        assert witness.play().flags == 0
        found += [(kind, *message.values()) for *_, kind, message in objects(witness)]
    assert [name for kind, name, *_ in found if kind == PATCH + "Get"] == [name for name, *_ in many]
    assert [f[1:] for f in found if f[0] == PATCH + "Set"] == [(name, float(i)) for i, (name, *_) in enumerate(many)]


def test_a_property_is_set_at_its_frame_without_cutting_the_block(make):
    witness = make(properties=[A, B])
    witness.play()
    witness.notes()
    events = [
        ParamValue(time=30, parameter=FIRST_PROPERTY, value=0.5),
        ParamValue(time=31, parameter=FIRST_PROPERTY + 1, value=99.0),
    ]
    witness.play(events=events)
    assert objects(witness) == [
        (2, 30, PATCH + "Set", {PATCH + "property": A[0], PATCH + "value": 0.5}),
        (2, 31, PATCH + "Set", {PATCH + "property": B[0], PATCH + "value": 10}),
    ]
    assert lib.ib_lv2_get(witness.lv2, FIRST_PROPERTY + 1) == 10.0


@pytest.mark.parametrize("kind", range(5))
def test_properties_of_every_type(make, kind):
    witness = make(properties=[("urn:witness:x", kind, -100.0, 1e12, 0.0)])
    lib.ib_lv2_set(witness.lv2, FIRST_PROPERTY, 7.0)
    assert lib.ib_lv2_get(witness.lv2, FIRST_PROPERTY) == (1.0 if kind == lib.IB_LV2_TYPE_BOOL else 7.0)
    witness.play()
    assert [found.get(PATCH + "value") for *_, found in objects(witness)] == [
        None,
        1 if kind == lib.IB_LV2_TYPE_BOOL else 7,
    ]


def test_modulation_of_a_property_is_flagged(make):
    witness = make(properties=[A])
    assert witness.play(events=[ParamMod(parameter=FIRST_PROPERTY, value=0.1)]).flags == BAD


def test_what_the_plugin_sets_is_told_once(make):
    witness = make(properties=[A, B])
    witness.mode("SET_PROPERTY")
    assert witness.play().events == [ParamValue(time=3, parameter=FIRST_PROPERTY, value=0.25)]
    assert witness.play().events == []
    assert lib.ib_lv2_get(witness.lv2, FIRST_PROPERTY) == 0.25


def test_what_the_plugin_puts_is_told(make):
    witness = make(properties=[A, B])
    witness.mode("PUT_PROPERTIES")
    assert witness.play().events == [
        ParamValue(time=3, parameter=FIRST_PROPERTY, value=0.5),
        ParamValue(time=3, parameter=FIRST_PROPERTY + 1, value=0.25),
    ]


def test_paths_go_to_the_main_thread(make):
    witness = make(properties=[A])
    area = ffi.new("uint8_t[]", lib.IB_LV2_MOST_ATOM_BYTES)
    assert lib.ib_lv2_receive(witness.lv2, area) == 0
    witness.mode("SET_PATH")
    assert witness.play().events == []
    assert witness.asked() & lib.IB_ASK_CALLBACK
    size = lib.ib_lv2_receive(witness.lv2, area)
    message = bytes(ffi.buffer(area, size))
    assert struct.unpack_from("<II", message) == (size - 8, urid(ATOM + "Object"))
    assert b"/a/b\0" in message
    assert lib.ib_lv2_receive(witness.lv2, area) == 0


def test_a_changed_state_is_told(make):
    witness = make()
    witness.mode("STATE_CHANGED")
    witness.play()
    assert witness.asked() & lib.IB_ASK_STATE_DIRTY


def test_atoms_from_the_main_thread_arrive_whole(make):
    witness = make()
    body = struct.pack("<II", 0, urid("urn:witness:thing"))
    atom = struct.pack("<II", len(body), urid(ATOM + "Object")) + body
    assert lib.ib_lv2_send(witness.lv2, atom, len(atom)) == 1
    assert lib.ib_lv2_send(witness.lv2, atom, len(atom) - 1) == 0  # not whole
    assert lib.ib_lv2_send(witness.lv2, struct.pack("<II", 5000, 1) + bytes(5000), 5008) == 0  # larger than the port
    witness.play()
    assert objects(witness) == [(1, 0, "urn:witness:thing", {})]


def test_atoms_that_do_not_fit_together_come_one_after_the_other(make):
    witness = make(capacity=256)
    body = struct.pack("<II", 0, urid("urn:witness:thing")) + bytes(0)
    atom = struct.pack("<II", 200, urid("urn:witness:plain")) + body + bytes(192)
    for _ in range(3):
        assert lib.ib_lv2_send(witness.lv2, atom, len(atom)) == 1
    for _ in range(3):
        assert witness.play().flags == 0
        assert [n.type for n in witness.notes()] == ["urn:witness:plain"]
    witness.play()
    assert witness.notes() == []

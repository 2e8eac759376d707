"""The rules of LV2's C API, one by one. The plugin lv2_witness looks whether they are kept; every test asks it."""

import re
import threading
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import Midi, ParamValue
from packages.host.tests.ladspa_player import build
from packages.host.tests.lv2_player import PORT, Shape, Witness

SOURCE = Path(__file__).parent / "plugins" / "lv2_witness.h"
BREACHES = dict(re.findall(r"^    ([A-Z_]+) = (\d+)", SOURCE.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build("lv2_witness", tmp_path_factory.mktemp("lv2"))


@pytest.fixture
def witness(library):
    return Witness(library)


def broken(faults):
    return {name for name, bit in BREACHES.items() if faults & int(bit)}


def test_the_witness_sees_breaches(witness):
    """A run before activate(), with a port that was never connected, and with input and output in one place."""
    descriptor, handle = witness.lv2.descriptor, witness.lv2.handle
    room = ffi.new("float[]", 16)
    descriptor.connect_port(handle, PORT["IN"], room)
    descriptor.connect_port(handle, PORT["OUT"], room)
    descriptor.run(handle, 0)
    assert broken(witness.number("faults")) == {"RUN_WHILE_OFF", "IN_PLACE", "NO_FRAMES"}
    descriptor.activate(handle)
    descriptor.activate(handle)
    assert broken(witness.close()) >= {"ACTIVATED_TWICE", "CLEANED_UP_WHILE_ON"}


def test_every_port_is_connected_before_the_first_run(witness):
    witness.activate().play()
    assert broken(witness.close()) == set()


def test_activate_comes_once_before_run_and_deactivate_before_cleanup(witness):
    for _ in range(3):
        witness.activate().play()
        witness.deactivate()
        lib.ib_lv2_deactivate(witness.lv2)  # a second time: nothing
    assert witness.number("activations") == 3
    assert broken(witness.close()) == set()


def test_activate_and_deactivate_may_be_missing(witness):
    plain = ffi.new("struct ib_lv2_descriptor *", witness.lv2.descriptor[0])
    witness.lv2.descriptor.activate(witness.lv2.handle)
    whole, witness.lv2.descriptor = witness.lv2.descriptor, plain
    plain.activate = plain.deactivate = ffi.NULL
    witness.activate().play()
    witness.reset()
    witness.play()
    witness.deactivate()
    assert witness.number("activations") == 1
    witness.lv2.descriptor = whole
    whole.deactivate(witness.lv2.handle)
    assert broken(witness.close()) == set()


def test_the_data_of_controls_stays_where_it_was_connected(witness):
    for _ in range(3):
        witness.activate()
        for _ in range(5):
            witness.play(events=[ParamValue(time=9, parameter=PORT["GAIN"], value=2.0)])
            witness.reset()
        witness.deactivate()
    assert broken(witness.close()) == set()


def test_a_run_never_has_more_frames_than_its_buffers(witness):
    witness.activate()
    audio = np.ones((2, 256), dtype=np.float32)
    outcome = witness.play(audio, [ParamValue(time=255, parameter=PORT["GAIN"], value=2.0)])
    assert outcome.audio[0].tolist() == [1.0] * 255 + [2.0]
    assert broken(witness.close()) == set()


def test_nothing_runs_while_the_instantiation_class_does(library):
    """Blocks, resets, work and the main thread's calls, all at once: no two that must not meet do."""
    witness = Witness(library, Shape(offline=True)).activate()
    witness.lv2.offline = 0  # so that work goes to its thread
    witness.mode("WORK")
    over = threading.Event()

    def play():
        for count in range(150):
            witness.play(events=[Midi(data=b"\xfe")])
            if count % 5 == 0:
                witness.lv2.offline = 1
                witness.reset()
                witness.lv2.offline = 0
        over.set()

    audio = threading.Thread(target=play)
    audio.start()
    while not over.is_set():
        lib.ib_lv2_claim(witness.lv2)
        lib.ib_lv2_release(witness.lv2)
        lib.ib_lv2_hold(witness.lv2)
        witness.lv2.descriptor.deactivate(witness.lv2.handle)
        witness.lv2.descriptor.activate(witness.lv2.handle)
        lib.ib_lv2_resume(witness.lv2)
    audio.join()
    witness.deactivate()
    assert broken(witness.close()) == set()


def test_output_is_bit_identical_to_that_of_a_direct_caller(library):
    """Blocks without events, of changing lengths: one run each, on the same samples."""
    rng = np.random.default_rng(7)
    blocks = [rng.standard_normal((2, n)).astype(np.float32) for n in (64, 1, 256, 17)]
    witness, direct = Witness(library).activate(), Witness(library)
    direct.lv2.descriptor.activate(direct.lv2.handle)
    for audio in blocks:
        found = witness.play(audio).audio
        expected = np.zeros_like(audio)
        for row, (port_in, port_out) in enumerate((("IN", "OUT"), ("CV_IN", "CV_OUT"))):
            for port, array in ((port_in, audio), (port_out, expected)):
                place = ffi.cast("float *", array[row].ctypes.data)
                direct.lv2.descriptor.connect_port(direct.lv2.handle, PORT[port], place)
        for i in range(direct.lv2.event_port_count):
            if direct.lv2.event_ports[i].port == PORT["ATOMS_OUT"]:  # offered anew, as a host does
                ffi.cast("uint32_t *", direct.lv2.event_ports[i].buffer)[0] = 4096
                ffi.cast("uint32_t *", direct.lv2.event_ports[i].buffer)[1] = lib.ib_lv2_map(
                    b"http://lv2plug.in/ns/ext/atom#Chunk"
                )
        direct.lv2.descriptor.run(direct.lv2.handle, audio.shape[1])
        assert found.tobytes() == expected.tobytes()
    direct.lv2.descriptor.deactivate(direct.lv2.handle)
    assert (broken(witness.close()), broken(direct.close())) == (set(), set())

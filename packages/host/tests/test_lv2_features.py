"""What LV2 plugins get from their host: numbers for URIs, a worker, a log, larger ports."""

import threading
import time

import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import Midi
from packages.host.tests.ladspa_player import build
from packages.host.tests.lv2_player import Shape, Witness, uri, urid


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


def until(condition):
    """Wait for another thread to have done something."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it did not happen")


# -- URIs -------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_uris_have_numbers_of_their_own():
    names = [f"urn:test:many:{i}" for i in range(100_000)]
    numbers = [urid(name) for name in names]
    assert 0 not in numbers
    assert len(set(numbers)) == len(names)
    assert [urid(name) for name in names] == numbers
    assert [uri(number) for number in numbers] == names


def test_what_has_no_uri_has_no_number():
    assert lib.ib_lv2_map(ffi.NULL) == 0
    assert lib.ib_lv2_unmap(0) == ffi.NULL
    assert lib.ib_lv2_unmap(2**32 - 1) == ffi.NULL
    assert uri(urid("")) == ""


def test_threads_that_map_the_same_get_the_same():
    names = [f"urn:test:threads:{i}".encode() for i in range(5000)]
    found = [None] * 4

    def run(which):
        found[which] = [lib.ib_lv2_map(name) for name in names]

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2] == found[3]
    assert len(set(found[0])) == len(names)


def test_the_old_extension_gets_numbers_that_fit_its_events(make):
    old = make().lv2.uri_map
    event = b"http://lv2plug.in/ns/ext/event"
    midi = b"http://lv2plug.in/ns/ext/midi#MidiEvent"
    assert 0 < old.uri_to_id(old.callback_data, event, midi) == urid(midi.decode()) < 65536
    late = [f"urn:test:late:{i}".encode() for i in range(66_000)]
    numbers = [lib.ib_lv2_map(name) for name in late]
    assert old.uri_to_id(old.callback_data, event, late[-1]) == 0
    assert old.uri_to_id(old.callback_data, ffi.NULL, late[-1]) == numbers[-1]


def test_map_and_unmap_as_the_plugin_calls_them(make):
    lv2 = make().lv2
    number = lv2.urid_map.map(lv2.urid_map.handle, b"urn:test:one")
    assert ffi.string(lv2.urid_unmap.unmap(lv2.urid_unmap.handle, number)) == b"urn:test:one"


# -- worker -----------------------------------------------------------------------------------------------------------


def test_work_is_done_on_another_thread_and_answered_after_a_later_run(make):
    witness = make()
    witness.mode("WORK")
    witness.play()
    assert witness.value("ANSWER") == 0.0
    until(lambda: witness.number("works") == 1)
    assert witness.number("same_thread") == 0
    witness.mode("ECHO")
    witness.play()
    assert witness.value("ANSWER") == 1.0  # of the first run
    assert witness.value("ENDS") == 2.0  # after every run


def test_offline_work_is_done_and_answered_after_the_run_that_asked_for_it(make):
    witness = make(offline=True)
    witness.mode("WORK")
    for run in range(1, 10):
        witness.play()
        assert witness.value("ANSWER") == run
        assert witness.value("ENDS") == run
        assert witness.number("same_thread") == 1


def test_a_block_that_says_offline_is_offline(make):
    witness = make()
    witness.mode("WORK")
    witness.play(flags=lib.IB_BLOCK_OFFLINE)
    assert witness.value("ANSWER") == 1.0


def test_more_work_than_the_queue_holds_is_refused(make):
    witness = make()
    lib.ib_lv2_claim(witness.lv2)  # the worker waits
    witness.mode("MUCH_WORK")
    witness.play()
    lib.ib_lv2_release(witness.lv2)
    witness.mode("LONG_WORK")
    assert witness.value("ANSWER") == -2.0  # no space
    until(lambda: witness.number("works") == 4)
    witness.play()
    assert [level for level, _ in witness.logged()] == [6]


def test_all_that_was_asked_for_is_done_before_deactivation(make):
    witness = make()
    witness.mode("SLOW_WORK")
    for _ in range(3):
        witness.play()
    witness.deactivate()
    assert witness.number("works") == 3


def test_work_of_restore_is_done_at_once_and_answered_in_the_next_run(make):
    witness = make()
    restore = ffi.cast("int (*)(void *)", lib.dlsym(witness.library, b"witness_restore"))
    lib.ib_lv2_claim(witness.lv2)
    assert restore(witness.lv2.handle) == 0
    assert witness.number("works") == 1
    lib.ib_lv2_release(witness.lv2)
    witness.play()
    assert witness.value("ANSWER") == 77.0
    assert restore(witness.lv2.handle) == 1  # neither in run() nor in restore()
    assert [level for level, _ in witness.logged()] == [6]


def test_work_does_not_schedule_work(make):
    witness = make(offline=True)
    witness.mode("WORK_IN_WORK")
    witness.play()
    assert witness.value("ANSWER") == 1001.0
    witness.logged()


def test_a_reset_offline_waits_for_work(make):
    witness = make(offline=True)
    witness.play()
    witness.lv2.offline = 0
    witness.mode("SLOW_WORK")
    witness.play()
    witness.lv2.offline = 1
    time.sleep(0.02)
    witness.reset()  # the plugin looks whether it is in work()


def test_a_slow_worker_does_not_hold_up_deactivation_and_activation(make):
    witness = make()
    for _ in range(5):
        witness.mode("SLOW_WORK")
        witness.play()
        witness.deactivate()
        witness.activate()
    assert witness.number("works") == 5


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_lines_of_the_log_have_their_level(make):
    witness = make()
    witness.mode("LOG")
    witness.play()
    assert witness.logged() == [(3, "one 1"), (3, "two words")]
    assert witness.value("ANSWER") == len("one 1\ntwo words\n")


def test_a_port_grows_at_the_next_activation(make):
    witness = make(capacity=64)
    witness.mode("RESIZE")
    witness.play()
    assert witness.value("ANSWER") == 2.0  # no space now
    assert witness.asked() & lib.IB_ASK_RESTART
    witness.deactivate()
    witness.activate()
    witness.play()
    assert witness.value("ANSWER") == 0.0
    witness.mode("ECHO")
    assert len(witness.play(events=[Midi(data=b"\xfe")]).events) == 1


def test_a_port_that_is_none_is_refused(make):
    witness = make()
    resize = witness.lv2.resize_port
    assert resize.resize(resize.data, 0, 10) == 1
    assert resize.resize(resize.data, 15, 2**40) == 2
    assert [level for level, _ in witness.logged()] == [6]

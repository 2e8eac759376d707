"""The life of the objects that VST3 plugins get of the host, called through their tables as a plugin calls them."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import (
    ALL,
    FALSE,
    INVALID,
    NO_INTERFACE,
    NOT_IMPLEMENTED,
    OK,
    Host,
    address,
    call,
    from16,
    iid,
    query,
    read_int,
    read_string,
    text16,
)

FORMAT = Path(__file__).resolve().parent.parent / "src" / "isobooth" / "host" / "formats" / "vst3"  # with its C
CONTEXT = {"IHostApplication", "IPlugInterfaceSupport", "IRunLoop", "IDataExchangeHandler", "ITransportControl"}
HANDLER = {
    "IComponentHandler",
    "IComponentHandler2",
    "IComponentHandler3",
    "IComponentHandlerBusActivation",
    "IComponentHandlerSystemTime",
    "IUnitHandler",
    "IUnitHandler2",
    "IProgress",
}
USED = {
    "FUnknown",
    "IPluginBase",
    "IPluginCompatibility",
    "IComponent",
    "IAudioProcessor",
    "IAudioPresentationLatency",
    "IProcessContextRequirements",
    "IConnectionPoint",
    "IEditController",
    "IMidiMapping",
    "IMidiMapping2",
    "INoteExpressionController",
    "IKeyswitchController",
    "IUnitInfo",
    "IUnitData",
    "IProgramListData",
    "IInfoListener",
    "IAutomationState",
    "IDataExchangeReceiver",
    "IEventHandler",
    "ITimerHandler",
}


@pytest.fixture
def host():
    with Host() as made:
        yield made


@pytest.mark.parametrize(("owner", "names"), [("context", CONTEXT), ("handler", HANDLER)])
def test_queryinterface_answers_for_what_the_object_is_and_for_nothing_else(host, owner, names):
    pointer = getattr(host, owner)
    for name in ALL | {"FUnknown"}:
        result, found = query(pointer, name)
        if name in names | {"FUnknown"}:
            assert result == OK
            call(found, "release")
        else:
            assert (result, found) == (NO_INTERFACE, None), name
    assert host.leaks() == (0, "")


def test_all_interfaces_of_an_object_lead_to_each_other_and_count_together(host):
    found = [host.of(name) for name in sorted(CONTEXT)]
    assert host.leaks() == (1, "1 x IHostApplication")
    for one in found:
        for name in CONTEXT | {"FUnknown"}:
            other = host.of(name, one)
            assert name != "FUnknown" or address(other) == address(host.context)
            call(other, "release")
    for one in found:
        call(one, "release")
    assert host.leaks() == (0, "")


def test_references_are_counted_and_a_release_too_many_changes_nothing(host):
    message = host.create("IMessage")
    assert call(message, "addRef") == 2
    assert call(message, "release") == 1
    assert host.leaks() == (1, "1 x IMessage")
    assert call(message, "release") == 0
    assert host.leaks() == (0, "")
    assert host.log() == []
    assert call(message, "release") == 0
    assert call(message, "addRef") == 0
    assert query(message, "IMessage")[1] is None
    assert call(message, "getAttributes") == ffi.NULL
    assert ffi.string(call(message, "getMessageID")) == b""
    lines = host.log()
    assert len([line for line in lines if "more often than" in line]) == 1
    assert len([line for line in lines if "released already" in line]) == 1
    assert host.leaks() == (0, "")


def test_what_the_host_holds_itself_is_not_the_plugins_to_release(host):
    message = host.create("IMessage")
    attributes = call(message, "getAttributes")
    call(attributes, "release")
    call(attributes, "release")
    assert call(attributes, "setInt", b"a", 1) == OK
    assert read_int(call(message, "getAttributes"), b"a") == 1
    call(host.context, "release")
    assert call(host.context, "getName", ffi.new("uint16_t[128]")) == OK
    assert [line for line in host.log() if "more often than" in line]


def test_a_list_lives_on_after_its_message(host):
    message = host.create("IMessage")
    attributes = call(message, "getAttributes")
    call(attributes, "addRef")
    call(attributes, "setInt", b"a", 7)
    call(message, "release")
    assert read_int(attributes, b"a") == 7
    assert host.leaks() == (1, "1 x IAttributeList")
    assert call(attributes, "release") == 0
    assert host.log() == []


def test_counts_hold_when_many_threads_share_an_object(host):
    message = host.create("IMessage")

    def work():
        for _ in range(2000):
            call(message, "addRef")
            call(message, "release")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert call(message, "release") == 0
    assert host.log() == []


def test_after_close_what_is_still_held_is_counted_and_harmless(host):
    message = host.create("IMessage")
    attributes = host.create("IAttributeList")
    call(attributes, "setString", b"text", text16("x" * 1000))
    units = host.of("IUnitHandler", host.handler)
    assert lib.ib_vst3_host_close(host.pointer) == 0
    assert host.leaks() == (3, "1 x IMessage, 1 x IAttributeList, 1 x IComponentHandler")
    assert call(units, "notifyUnitSelection", 1) == FALSE
    assert host.notices() == []
    assert len(read_string(attributes, b"text", 2000)) == 1000
    for one in (message, attributes, units):
        call(one, "release")
    assert host.leaks() == (0, "")


def test_objects_run_out_with_a_refusal(host):
    out = ffi.new("void **")
    made = []
    while call(host.context, "createInstance", iid("IMessage"), iid("IMessage"), out) == OK:
        made.append(ffi.cast("struct vst3_IMessage *", out[0]))
        assert len(made) <= 20000
    assert len(made) == 16384
    assert out[0] == ffi.NULL
    assert [line for line in host.log() if "too many messages" in line]
    for message in made:
        call(message, "release")
    call(host.create("IMessage"), "release")


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (b"isobooth", "isobooth"),
        ("b\u00f8\u00f8th \U0001f39a".encode(), "b\u00f8\u00f8th \U0001f39a"),
        (b"x" * 500, "x" * 127),
        (b"x" * 126 + "\U0001f39a".encode(), "x" * 126),
        (b"a\xff\xc3", "a\ufffd\ufffd"),
    ],
)
def test_the_hosts_name_is_utf16_and_always_ends(name, seen):
    with Host(name=name) as host:
        out = ffi.new("uint16_t[128]", [0x41] * 128)
        assert call(host.context, "getName", out) == OK
        assert from16(out) == seen
        assert call(host.context, "getName", ffi.NULL) == INVALID


def test_createinstance_makes_messages_and_lists_alone(host):
    out = ffi.new("void **")
    create = host.context.vtbl.createInstance
    for name in ALL - {"IMessage", "IAttributeList"}:
        out[0] = ffi.cast("void *", 1)
        assert create(host.context, iid(name), iid(name), out) == NOT_IMPLEMENTED
        assert out[0] == ffi.NULL
    assert create(host.context, iid("IMessage"), iid("IComponent"), out) == NO_INTERFACE
    assert out[0] == ffi.NULL
    assert create(host.context, iid("IMessage"), iid("FUnknown"), out) == OK
    call(ffi.cast("struct vst3_IMessage *", out[0]), "release")
    assert create(host.context, iid("IMessage"), iid("IMessage"), ffi.NULL) == INVALID
    assert create(host.context, ffi.NULL, iid("IMessage"), out) == INVALID
    assert host.leaks() == (0, "")


def test_exactly_the_interfaces_in_use_are_supported(host):
    texts = [path.read_text() for path in FORMAT.glob("*.[pc]*") if path.name not in {"iids.c", "host_application.c"}]
    words = set(re.findall(r"I[A-Z]\w+", " ".join(texts)))
    assert USED - {"FUnknown", "IPluginBase"} <= words
    support = host.of("IPlugInterfaceSupport")
    supported = {n for n in ALL | {"FUnknown"} if call(support, "isPlugInterfaceSupported", iid(n)) == OK}
    assert supported == USED
    assert call(support, "isPlugInterfaceSupported", ffi.NULL) == INVALID
    call(support, "release")

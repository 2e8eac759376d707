"""Hosts of other versions, and programs that are no host: one error that names both sides and what to do."""

import numpy as np
import pytest

from isobooth.client import HostFailed, HostNotFound, IncompatiblePeer, IsoboothError, PluginCrashed, __version__, load
from isobooth.protocol import messages as m
from isobooth.protocol.errors import ChannelError

HONEST = "greet(); serve()"
AUDIO = np.random.default_rng(0).uniform(-1, 1, (2, 1000)).astype(np.float32)


def check_plays():
    with load("null:", block_size=64, timeout=20) as plugin:
        assert plugin.name == "Fake"
        assert (plugin.process(AUDIO) == AUDIO).all()
        assert plugin.state == b"state"


def test_the_fake_host_is_a_host(fake_host, nothing_left):
    fake_host(HONEST)
    check_plays()


@pytest.mark.parametrize("fields", [
    {"protocol_minor": 99}, {"layout_minor": 99}, {"mood": "good"}, {"capabilities": ["telepathy"]}, {"pid": -1},
    {"program": "another-host"}, {"version": ""}, {"extra": {"deep": [1, None, {"x": b"y"}]}},
])  # fmt: skip
def test_newer_minors_and_unknown_fields_work(fake_host, fields):
    fake_host(
        f"receive(); send(hello(**{fields!r})); send(Loaded_with_more); serve()".replace(
            "Loaded_with_more", "dict(msgspec.to_builtins(m.Loaded(descriptor=descriptor())), sparkles=3)"
        )
    )
    check_plays()


@pytest.mark.parametrize(("fields", "words"), [
    ({"protocol_major": 0}, ["protocol 0", "upgrade isobooth-host"]),
    ({"protocol_major": m.PROTOCOL_MAJOR + 1}, [f"protocol {m.PROTOCOL_MAJOR + 1}", "upgrade isobooth-client"]),
    ({"layout_major": 0}, ["layout 0", "upgrade isobooth-host"]),
    ({"layout_major": 99}, ["layout 99", "upgrade isobooth-client"]),
    ({"protocol_major": 99, "program": "other-host"}, ["other-host 9.9.9", "upgrade isobooth-client"]),
    ({"protocol_major": 0, "program": "other-host"}, ["upgrade other-host"]),
    ({"protocol_major": -1}, ["upgrade isobooth-host"]),
])  # fmt: skip
def test_other_majors_are_named(fake_host, nothing_left, fields, words):
    fake_host(f"receive(); send(hello(**{fields!r})); time.sleep(60)")
    with pytest.raises(IncompatiblePeer) as caught:
        load("null:")
    text = str(caught.value)
    for word in [*words, f"isobooth-client {__version__}", "9.9.9", f"protocol {m.PROTOCOL_MAJOR}"]:
        assert word in text
    assert "\n" not in text


def test_a_host_that_finds_us_too_old(fake_host):
    fake_host("""
    receive()
    send(hello())
    send(m.LoadFailed(error=m.ErrorInfo(kind="IncompatiblePeer", message="isobooth-client 0 is too old - upgrade it")))
    """)
    with pytest.raises(IncompatiblePeer, match="too old"):
        load("null:")


@pytest.mark.parametrize("first", [
    "raw(b'hello')", "raw(b'\\xff\\xff\\xff\\xff')", "raw(b'\\x05\\x00\\x00\\x00hello')", "send({'type': 'dance'})",
    "send([1])", "send(None)",
    "send({'type': 'hello'})", "send(hello(protocol_major='one'))", "send(hello(version=None))",
    "raw(os.urandom(5000))",
    "send(m.Done(id=1)); send(m.Done(id=2))", "send(m.Loaded(descriptor=descriptor()))", "send(hello()); send(hello())",
    "send(hello()); send(m.LoadFailed(error=m.ErrorInfo(kind='X', message='')))",
    "send(hello()); send({'type': 'loaded'})",
    "pass", "send(hello())", "os.kill(os.getpid(), 9)", "os._exit(3)", "os.close(write_fd); time.sleep(60)",
    "send(m.LatencyChanged(latency=5)); send(m.ValuesChanged(values={1: 2.0})); send(m.BusesChanged(buses=[]))",
])  # fmt: skip
def test_greetings_that_are_none(fake_host, nothing_left, first):
    fake_host(f"receive()\n{first}\n")
    with pytest.raises(IsoboothError):
        load("null:", load_timeout=0.4)


def test_silence(fake_host, nothing_left):
    fake_host("time.sleep(60)")
    with pytest.raises(IsoboothError, match=r"0\.3 s"):
        load("null:", load_timeout=0.3)


def test_notifications_before_there_is_anybody_to_tell(fake_host):
    fake_host("""
    receive()
    send(hello())
    send(m.LatencyChanged(latency=5))
    send(m.Loaded(descriptor=descriptor()))
    send(m.ValuesChanged(values={1: 2.0}))
    send(m.LatencyChanged(latency=7))
    send(m.ParametersChanged(parameters=[]))
    serve()
    """)
    check_plays()


@pytest.mark.parametrize("reply", [
    "m.Done(id=request.id)", "m.Values(id=request.id, values={})", "m.State(id=request.id, data=b'')",
    "{'type': 'dance'}", "hello()",
    "{'type': 'activated', 'id': request.id, 'latency': 2**70, 'tail': 0, 'buses': []}",
    "{'type': 'activated', 'id': request.id, 'latency': None, 'tail': 0, 'buses': []}",
    "m.Failed(id=request.id, error=m.ErrorInfo(kind='PluginError', message='no'))",
    "m.Failed(id=request.id, error=m.ErrorInfo(kind='', message=''))",
    "m.Activated(id=request.id + 1, latency=0, tail=0, buses=[])", "m.Activated(id=-1, latency=0, tail=0, buses=[])",
])  # fmt: skip
def test_answers_that_do_not_fit(fake_host, nothing_left, reply):
    fake_host(f"greet(); request = receive(); send({reply}); time.sleep(60)")
    with pytest.raises(IsoboothError):
        load("null:", load_timeout=0.4)


WARM = [
    "{**ready, 'protocol_major': 99}", "{**ready, 'protocol_major': 0}", "{**ready, 'protocol_major': -1}",
]  # fmt: skip


@pytest.mark.parametrize("ready", WARM)
def test_a_warm_host_of_another_major(fake_host, nothing_left, ready):
    fake_host(f"# warm: {ready}\n{HONEST}")
    with pytest.raises(IncompatiblePeer) as caught:
        load("null:")
    for word in ("9.9.9", __version__, "upgrade"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "ready",
    [
        "b'garbage'",
        "b'x' * 60000",
        "{'type': 'dance'}",
        "{'type': 'exited', 'pid': 1, 'status': 0}",
        "{}",
        "None",
        "[]",
    ],
)
def test_a_warm_host_that_says_something_else(fake_host, nothing_left, ready):
    fake_host(f"# warm: {ready}\n{HONEST}")
    with pytest.raises(HostFailed):
        load("null:")


def test_a_newer_warm_host_with_more_to_say(fake_host):
    fake_host(f"# warm: {{**ready, 'mood': 'good'}}\n{HONEST}")
    check_plays()


@pytest.mark.parametrize(
    "program",
    ["/bin/true", "/bin/false", "/bin/cat", "/nothing/here", "/etc/passwd", "/etc", "no-such-program-anywhere"],
)
def test_programs_that_are_no_host(monkeypatch, nothing_left, program):
    from isobooth.client import warmhost

    monkeypatch.setattr(warmhost, "START_SECONDS", 0.4)
    monkeypatch.setenv("ISOBOOTH_HOST", program)
    with pytest.raises((HostFailed, HostNotFound), match=program.rpartition("/")[2]):
        load("null:")


def test_a_script_that_the_kernel_does_not_run(monkeypatch, tmp_path, nothing_left):
    program = tmp_path / "host"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    monkeypatch.setenv("ISOBOOTH_HOST", str(program))
    with pytest.raises(HostFailed, match="could not be started"):
        load("null:")


@pytest.mark.parametrize(
    "end", ["os.close(write_fd); os.close(read_fd); time.sleep(60)", "os.close(write_fd); time.sleep(60)"]
)
def test_a_booth_that_closes_its_channel_but_lives_on(fake_host, nothing_left, end):
    fake_host(f"greet(); send(answer(receive())); time.sleep(0.2); {end}")
    plugin = load("null:", timeout=30)
    with pytest.raises(PluginCrashed):
        plugin.process(AUDIO)
    with pytest.raises(PluginCrashed):
        plugin.state  # noqa: B018
    plugin.close()


def test_garbage_in_the_middle(fake_host, nothing_left):
    fake_host("""
    greet()
    threading.Thread(target=play, daemon=True).start()
    send(answer(receive()))
    receive()
    raw(b"\\xff" * 100)
    time.sleep(60)
    """)
    plugin = load("null:", timeout=20)
    assert (plugin.process(AUDIO) == AUDIO).all()
    with pytest.raises(ChannelError, match="no message"):
        plugin.state  # noqa: B018
    with pytest.raises(ChannelError):
        plugin.process(AUDIO)
    plugin.close()

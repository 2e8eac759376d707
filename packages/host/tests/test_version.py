"""Clients of other versions before a real host: a clear refusal with its own exit code; another minor works."""

import pytest

from isobooth.host import __version__, exit_codes
from isobooth.protocol import messages as m
from tests.daw import Blocks, Daw


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"protocol_major": 0}, ["protocol 0", "upgrade hand-made-daw"]),
        ({"protocol_major": 99}, ["protocol 99", "upgrade isobooth-host"]),
        ({"layout_major": 0}, ["layout 0", "upgrade hand-made-daw"]),
        ({"layout_major": 99}, ["layout 99", "upgrade isobooth-host"]),
        ({"protocol_major": -1}, ["upgrade hand-made-daw"]),
    ],
)
def test_other_majors_are_refused(fields, words):
    with Daw("null", "", 48000, 64) as daw:
        daw.channel.send(daw.hello(**fields), timeout=10)
        assert isinstance(daw.receive(), m.Hello)
        failed = daw.receive()
        assert isinstance(failed, m.LoadFailed)
        assert failed.error.kind == "IncompatiblePeer"
        code, out, err = daw.finish()
    assert (code, out) == (exit_codes.INCOMPATIBLE, "")
    assert err.count("\n") == 1
    for word in [*words, "hand-made-daw 3.2.1", f"isobooth-host {__version__}", f"protocol {m.PROTOCOL_MAJOR}"]:
        assert word in failed.error.message
        assert word in err


@pytest.mark.parametrize("fields", [{"protocol_minor": 99}, {"layout_minor": 99}, {"capabilities": ["telepathy"]}])
def test_newer_minors_work(fields):
    with Daw("null", "", 48000, 64) as daw:
        daw.greet(**fields)
        assert isinstance(daw.activate(Blocks(slots=1, frames=64, inputs=2, outputs=2)), m.Activated)
        assert daw.end()[0] == exit_codes.OK


@pytest.mark.parametrize("first", [m.Ping(id=1), m.Shutdown(id=1), m.SaveState(id=1)])
def test_a_first_message_that_is_no_hello(first):
    with Daw("null", "", 48000, 64) as daw:
        daw.channel.send(first, timeout=10)
        code, out, err = daw.finish()
    assert (code, out) == (exit_codes.INCOMPATIBLE, "")
    assert type(first).__name__ in err
    assert "Traceback" not in err

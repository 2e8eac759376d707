"""The command line of the host: what it takes, what it refuses, and how it ends."""

import json
import os
import subprocess

import pytest

from isobooth.host import __version__, exit_codes
from isobooth.host.arguments import parse_booth, split_plugin
from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.messages import PROTOCOL_MAJOR, PROTOCOL_MINOR
from isobooth.protocol.segment import Segment
from tests.daw import Daw
from tests.support import host_command

msgspec = pytest.importorskip("msgspec")


def host(*arguments, seconds=60, **more):
    return subprocess.run(
        [*host_command(), *map(str, arguments)], capture_output=True, text=True, timeout=seconds, check=False, **more
    )


def test_version():
    done = host("--version")
    assert done.returncode == exit_codes.OK
    assert done.stdout == f"isobooth-host {__version__} (protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR})\n"
    assert done.stderr == ""


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option):
    done = host(option)
    assert done.returncode == exit_codes.OK
    assert "<format> <plugin-path>[#id|::id] <shm-name> <instance-id> <d2h-fd> <h2d-fd>" in done.stdout
    assert "[sample-rate buffer-size num-inputs num-outputs]" in done.stdout
    assert "--scan --format <format> --path <plugin-path> [--output <json-path>]" in done.stdout
    for code in (value for name, value in vars(exit_codes).items() if isinstance(value, int) and name.isupper()):
        assert f"\n  {code}  " in done.stdout


def test_formats():
    done = host("--formats")
    assert done.returncode == exit_codes.OK
    assert {"clap", "ladspa", "ladspa0", "null"} <= set(json.loads(done.stdout))


USAGE = [
    [], [""], ["null"], ["null", ""], ["null", "", "/x", "i", "3"],
    ["null", "", "/x", "i", "3", "4", "1", "2", "3", "4", "5"],
    ["--nonsense"], ["-x"], ["--version", "x"], ["--help", "--version"], ["--"], ["--scan"],
    ["--scan", "--format", "null"],
    ["--scan", "--path", "x"], ["--scan", "--format"], ["--scan", "--format", "null", "--path", ""], ["--scan", "x"],
    ["--scan", "--format", "null", "--path", "x", "--format", "null"],
    ["--scan", "--format", "null", "--path", "x", "--more"],
    ["--scan", "--format=null", "--path=x", "--timeout=0"], ["--scan", "--format=null", "--path=x", "--timeout=nan"],
    ["--scan", "--format=null", "--path=x", "--timeout=inf"], ["--scan", "--format=null", "--path=x", "--timeout=-1"],
    ["--scan", "--format=null", "--path=x", "--timeout=soon"], ["--warm"], ["--warm", "x"], ["--warm", "-1"],
    ["--warm", "3", "4"],
    ["", "", "/x", "i", "3", "4"], ["null", "", "", "i", "3", "4"], ["null", "", "/", "i", "3", "4"],
    ["null", "", "/x", "i", "-3", "4"], ["null", "", "/x", "i", "3", "four"], ["null", "", "/x", "i", "3.0", "4"],
    ["null", "", "/x", "i", "", "4"], ["null", "", "/x", "i", "3", "99999999999"],
    ["null", "", "/x", "i", "\u0663", "4"],
    *(["null", "", "/x", "i", "3", "4", rate] for rate in ("nan", "0", "-48000", "inf", "1e9")),
    *(["null", "", "/x", "i", "3", "4", rate] for rate in ("fast", "", "48000Hz", "0x10")),
    *(["null", "", "/x", "i", "3", "4", "48000", size] for size in ("0", "-1", "1.5", "99999999", "", "big", "nan")),
    *(["null", "", "/x", "i", "3", "4", "48000", "512", count] for count in ("-1", "1025", "two", "1.0")),
    *(["null", "", "/x", "i", "3", "4", "48000", "512", "2", count] for count in ("-1", "99999999999999999999", "")),
]  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=lambda arguments: " ".join(arguments) or "nothing")
def test_usage(arguments):
    done = host(*arguments)
    assert done.returncode == exit_codes.USAGE
    assert done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert first.startswith("isobooth-host: ")
    assert rest[0].startswith("usage: isobooth-host <format>")
    assert "Traceback" not in done.stderr


def check_failure(done, code, *words):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("isobooth-host: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("fds", [("100", "101"), ("0", "101"), ("1000000", "3")])
def test_descriptors_that_are_not_open(fds):
    check_failure(host("null", "", "/isobooth-x", "i", *fds), exit_codes.CHANNEL, "descriptor", "not open")


@pytest.mark.parametrize(
    "name", ["/isobooth-nothing", "isobooth-nothing", "a" * 300, "/a/b", os.fsdecode(b"/\xff\xfe")]
)
def test_shared_memory_that_is_not_there(name):
    read, write = os.pipe()
    try:
        check_failure(
            host("null", "", name, "i", read, write, pass_fds=[read, write]), exit_codes.SEGMENT, "shared memory"
        )
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize("content", [b"", b"x" * 100, bytes(5000), os.urandom(5000)])
def test_shared_memory_that_is_not_ours(content):
    segment = Segment.create(max(len(content), 1))
    segment.memory[: len(content)] = content
    read, write = os.pipe()
    try:
        done = host("null", "", segment.name, "i", read, write, pass_fds=[read, write])
        check_failure(done, exit_codes.SEGMENT, segment.name)
    finally:
        segment.close()
        os.close(read)
        os.close(write)


def test_descriptors_that_are_no_channel(tmp_path):
    """A file instead of a pipe: at its end at once, and no place for an answer."""
    segment = Segment.create(5000)
    path = tmp_path / "file"
    path.write_bytes(b"")
    with path.open("r+b") as file:
        from tests.daw import Blocks

        blocks = Blocks(slots=0, frames=0, inputs=0, outputs=0)
        done = host("null", "", blocks.name, "i", file.fileno(), file.fileno(), pass_fds=[file.fileno()])
        blocks.segment.close()
    segment.close()
    assert done.returncode in {exit_codes.OK, exit_codes.CHANNEL}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "plugin", "words"), [
    ("nonsense", "/x", ["'nonsense'", "not a plugin format", "supported"]),
    ("vst9", "/x", ["vst9"]),
    ("ladspa", "/nothing/here.so", ["/nothing/here.so"]),
    ("ladspa", "", []),
    ("clap", "/nothing/here.clap", ["/nothing/here.clap"]),
    ("auto", "/nothing/here", ["/nothing/here"]),
    ("null", "#nothing", ["nothing"]),
    ("ladspa", "/etc/passwd", ["/etc/passwd"]),
    ("clap", "/etc", ["/etc"]),
])  # fmt: skip
def test_plugins_that_cannot_be_loaded(name, plugin, words):
    from isobooth.protocol import messages as m

    with Daw(name, plugin, 48000, 64) as daw:
        daw.channel.send(daw.hello(), timeout=10)
        assert isinstance(daw.receive(), m.Hello)
        failed = daw.receive()
        assert isinstance(failed, m.LoadFailed)
        code, out, err = daw.finish()
        assert (code, out) == (exit_codes.LOAD_FAILED, "")
        assert err.startswith("isobooth-host: ")
        assert err.count("\n") == 1
        for word in words:
            assert word in err


def test_defaults_of_the_command_line():
    arguments = parse_booth(["null", "", "/x", "i", "3", "4"])
    assert (arguments.sample_rate, arguments.block_size, arguments.inputs, arguments.outputs) == (48000.0, 512, 0, 0)
    arguments = parse_booth(["null", "", "/x", "i", "3", "4", "44100.5"])
    assert (arguments.sample_rate, arguments.block_size) == (44100.5, 512)
    with pytest.raises(ArgumentError):
        parse_booth(["null"])


def test_where_the_id_begins(tmp_path):
    odd = tmp_path / "a#b::c.so"
    odd.touch()
    plain = tmp_path / "plain.so"
    plain.touch()
    for text, expected in {
        f"{odd}": (str(odd), ""),
        f"{odd}#x": (str(odd), "x"),
        f"{odd}::x#y": (str(odd), "x#y"),
        f"{plain}#x": (str(plain), "x"),
        f"{plain}::x::y": (str(plain), "x::y"),
        f"{plain}#": (str(plain), ""),
        "/nothing#x#y": ("/nothing", "x#y"),
        "": ("", ""),
        "#x": ("", "x"),
    }.items():
        assert split_plugin(text) == expected


# -- the warm host ----------------------------------------------------------------------------------------------------


def test_warm_on_what_is_no_socket():
    read, write = os.pipe()
    done = host("--warm", read, pass_fds=[read])
    os.close(read)
    os.close(write)
    assert done.returncode == exit_codes.CHANNEL
    assert "not a socket" in done.stderr


def test_warm_without_anybody_at_the_other_end():
    import socket

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    with theirs:
        done = host("--warm", theirs.fileno(), pass_fds=[theirs.fileno()])
    assert (done.returncode, done.stdout, done.stderr) == (exit_codes.OK, "", "")

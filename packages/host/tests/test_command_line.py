"""The command line of the host: what it takes, what it refuses, how it ends, and scans of files that bite."""

import json
import os
import signal
import subprocess
import time

import pytest

from isobooth.host import __version__, exit_codes
from isobooth.host.arguments import parse_booth, split_plugin
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.messages import PROTOCOL_MAJOR, PROTOCOL_MINOR
from isobooth.protocol.segment import Segment
from tests.daw import Daw
from tests.support import compile_plugin, descendants, host_command, is_running, real_plugin, until

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


# -- scans ------------------------------------------------------------------------------------------------------------

BITES = """
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void bite(void)
{
#if BITE == 1
    *(volatile int *)8 = 1;
#elif BITE == 2
    printf("{\\"format\\": \\"lies\\"}\\n"); fflush(stdout);
#elif BITE == 3
    for (;;) pause();
#elif BITE == 4
    exit(0);
#elif BITE == 5
    abort();
#elif BITE == 6
    raise(SIGSTOP);
#elif BITE == 7
    _exit(0);
#elif BITE == 8
    for (int fd = 0; fd < 256; fd++) { (void)!write(fd, "junk\\n", 5); }
#elif BITE == 9
    if (fork() == 0) for (;;) pause();
#elif BITE == 10
    signal(SIGTERM, SIG_IGN); signal(SIGALRM, SIG_IGN); for (;;) ;
#elif BITE == 11
    for (int i = 0; i < 300000; i++) printf("a flood of words\\n");
#elif BITE == 12
    for (int fd = 0; fd < 256; fd++) close(fd);
#endif
}
#ifdef AT_LOAD
__attribute__((constructor)) static void at_load(void) { bite(); }
#endif
struct descriptor {
    unsigned long id; const char *label; int properties; const char *name, *maker, *copyright; unsigned long count;
    const int *ports; const char *const *names; const void *hints; void *data; void *calls[8];
};
static const int ports[] = {9, 10};
static const char *const names[] = {"in", "out"};
static const struct { int hint; float low, high; } hints[2];
static void *make(const struct descriptor *d, unsigned long rate) { (void)d; (void)rate; return malloc(1); }
static void connect_port(void *h, unsigned long p, float *d) { (void)h; (void)p; (void)d; }
static void run(void *h, unsigned long n) { (void)h; (void)n; }
static struct descriptor d = {1, "bites", 0, "Bites", "", "", 2, ports, names, hints, 0,
                              {(void *)make, (void *)connect_port, 0, (void *)run, 0, 0, 0, (void *)free}};
const struct descriptor *ladspa_descriptor(unsigned long i)
{
#ifndef AT_LOAD
    bite();
#endif
    return i ? 0 : &d;
}
"""


@pytest.fixture(scope="module")
def biting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bites")
    made = {}

    def make(bite, *, at_load=False):
        key = (bite, at_load)
        if key not in made:
            flags = [f"-DBITE={bite}", "-w", *(["-DAT_LOAD"] if at_load else [])]
            made[key] = compile_plugin(BITES, folder / f"bite{bite}{'l' * at_load}.so", *flags)
        return made[key]

    return make


def scan(path, *options, name="ladspa", seconds=60):
    done = host("--scan", "--format", name, "--path", path, *options, seconds=seconds)
    return done, (msgspec.json.decode(done.stdout, type=ScanReport) if done.stdout else None)


def test_scan_of_the_null_format():
    done, report = scan("x", name="null")
    assert done.returncode == exit_codes.OK
    assert [plugin.id for plugin in report.plugins] == ["pass"]
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_scan_of_a_real_file():
    path = real_plugin("amp.so")
    done, report = scan(path)
    assert done.returncode == exit_codes.OK
    assert [plugin.id for plugin in report.plugins] == ["amp_mono", "amp_stereo"]
    assert (report.format, report.path) == ("ladspa", str(path))
    assert set(json.loads(done.stdout)) >= {"format", "path", "plugins", "errors", "warnings"}


def test_scan_into_a_file(tmp_path, biting):
    output = tmp_path / "report.json"
    done = host("--scan", "--format=ladspa", f"--path={biting(0)}", f"--output={output}")
    assert (done.returncode, done.stdout) == (exit_codes.OK, "")
    report = msgspec.json.decode(output.read_bytes(), type=ScanReport)
    assert [plugin.id for plugin in report.plugins] == ["bites"]
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("where", ["nothing/report.json", "full", "folder", "file/report.json"])
def test_scan_into_a_place_that_takes_nothing(biting, tmp_path, where):
    (tmp_path / "full").symlink_to("/dev/full")  # a link, so that a fault cannot replace the machine's own
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())
    done = host("--scan", "--format", "ladspa", "--path", biting(0), "--output", tmp_path / where)
    assert done.returncode == exit_codes.UNEXPECTED
    assert done.stderr.startswith("isobooth-host: ")
    assert str(tmp_path / where) in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "full").is_symlink()


def test_scan_into_a_pipe(biting, tmp_path):
    """What is no file is written to, never replaced by one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = host("--scan", "--format", "ladspa", "--path", biting(0), "--output", pipe)
    assert done.returncode == exit_codes.OK
    assert pipe.is_fifo()
    report = msgspec.json.decode(os.read(reader, 1 << 16), type=ScanReport)
    os.close(reader)
    assert [plugin.id for plugin in report.plugins] == ["bites"]
    assert list(tmp_path.iterdir()) == [pipe]


def test_scan_with_a_closed_output(biting):
    read, write = os.pipe()
    os.close(read)
    command = [*host_command(), "--scan", "--format", "ladspa", "--path", str(biting(0))]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(write)
    assert "Traceback" not in done.stderr
    assert done.returncode != exit_codes.OK


DEATHS = {1: "SIGSEGV", 4: "exit status 0", 5: "SIGABRT", 7: "exit status 0"}


@pytest.mark.parametrize("at_load", [False, True])
@pytest.mark.parametrize("bite", DEATHS)
def test_scan_of_a_file_that_kills_its_process(biting, bite, at_load):
    path = biting(bite, at_load=at_load)
    done, report = scan(path)
    assert done.returncode == exit_codes.LOAD_FAILED
    assert report.plugins == []
    (problem,) = report.errors
    assert problem.path == str(path)
    assert DEATHS[bite] in problem.reason
    assert str(path) in done.stderr


@pytest.mark.parametrize("at_load", [False, True])
@pytest.mark.parametrize("bite", [3, 6, 10])
def test_scan_of_a_file_that_hangs(biting, bite, at_load):
    done, report = scan(biting(bite, at_load=at_load), "--timeout", "0.7")
    assert done.returncode == exit_codes.LOAD_FAILED
    assert "within 0.7 s" in report.errors[0].reason
    assert not [pid for pid in descendants(os.getpid()) if is_running(pid)]


@pytest.mark.parametrize("at_load", [False, True])
@pytest.mark.parametrize("bite", [2, 11])
def test_what_a_plugin_prints_is_no_part_of_the_report(biting, bite, at_load):
    done, report = scan(biting(bite, at_load=at_load))
    assert done.returncode == exit_codes.OK
    assert [plugin.id for plugin in report.plugins] == ["bites"]
    assert report.format == "ladspa"


@pytest.mark.parametrize("bite", [8, 12])
def test_scan_of_a_file_that_attacks_descriptors(biting, bite):
    done, report = scan(biting(bite))
    assert report is not None
    assert done.returncode in {exit_codes.OK, exit_codes.LOAD_FAILED}
    assert report.plugins or report.errors


def test_scan_of_a_file_that_leaves_a_child(biting):
    done, report = scan(biting(9), "--timeout", "2")
    assert done.returncode in {exit_codes.OK, exit_codes.LOAD_FAILED}
    assert report is not None
    assert until(lambda: not descendants(os.getpid()))


@pytest.mark.parametrize("what", ["empty", "text", "truncated", "folder", "nothing", "zeros", "loop"])
@pytest.mark.parametrize("name", ["ladspa", "ladspa0", "clap", "auto"])
def test_scan_of_what_is_no_plugin(tmp_path, biting, what, name):
    path = tmp_path / "thing.so"
    if what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("I am no plugin\n")
    elif what == "truncated":
        path.write_bytes(biting(0).read_bytes()[:3000])
    elif what == "folder":
        path.mkdir()
    elif what == "zeros":
        path.write_bytes(bytes(100_000))
    elif what == "loop":
        path.symlink_to(path)
    done, report = scan(path, name=name)
    assert done.returncode == exit_codes.LOAD_FAILED
    assert report.plugins == []
    assert report.errors
    assert all(str(path) in problem.path or str(path) in problem.reason for problem in report.errors)
    assert "Traceback" not in done.stderr


def test_scan_in_an_unknown_format(biting):
    done, report = scan(biting(0), name="vst9")
    assert done.returncode == exit_codes.LOAD_FAILED
    assert "vst9" in report.errors[0].reason


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_scan_that_is_ended_takes_its_child_along(biting, number):
    command = [*host_command(), "--scan", "--format", "ladspa", "--path", str(biting(3)), "--timeout", "600"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert until(lambda: descendants(process.pid))
        time.sleep(0.3)
        children = descendants(process.pid)
        process.send_signal(number)
        process.wait(timeout=20)
        try:
            assert until(lambda: not any(is_running(pid) for pid in children), seconds=5)
        finally:
            for pid in children:
                if is_running(pid):
                    os.kill(pid, signal.SIGKILL)


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

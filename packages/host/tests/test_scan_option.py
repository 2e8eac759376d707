"""``isobooth-host --scan``: one report, whatever the file does that is looked at."""

import json
import os
import signal
import subprocess
import time

import pytest

from isobooth.host import exit_codes
from isobooth.protocol.descriptors import ScanReport
from tests.support import compile_plugin, descendants, host_command, is_running, real_plugin, until

msgspec = pytest.importorskip("msgspec")


def host(*arguments, seconds=60, **more):
    return subprocess.run(
        [*host_command(), *map(str, arguments)], capture_output=True, text=True, timeout=seconds, check=False, **more
    )


def check_failure(done, code, *words):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("isobooth-host: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


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
    before = set(descendants(os.getpid()))  # of other tests
    done, report = scan(biting(bite, at_load=at_load), "--timeout", "0.7")
    assert done.returncode == exit_codes.LOAD_FAILED
    assert "within 0.7 s" in report.errors[0].reason
    assert not [pid for pid in set(descendants(os.getpid())) - before if is_running(pid)]


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
    before = set(descendants(os.getpid()))
    done, report = scan(biting(9), "--timeout", "2")
    assert done.returncode in {exit_codes.OK, exit_codes.LOAD_FAILED}
    assert report is not None
    assert until(lambda: set(descendants(os.getpid())) <= before)


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


def test_a_library_in_a_bundle_that_is_a_pipe(tmp_path):
    """Nobody waits for what never comes."""
    library = tmp_path / "p.vst3" / "Contents" / f"{os.uname().machine}-linux" / "p.so"
    library.parent.mkdir(parents=True)
    os.mkfifo(library)
    done = host("--scan", "--format", "vst3", "--path", tmp_path / "p.vst3", seconds=30)
    assert done.returncode == exit_codes.LOAD_FAILED
    assert "is a device, pipe, socket or folder" in done.stderr


def test_a_path_that_json_cannot_hold(tmp_path):
    done = host("--scan", "--format", "ladspa", "--path", f"{tmp_path}/\udcff.so")
    assert done.returncode == exit_codes.USAGE
    assert "not UTF-8" in done.stderr
    assert "Traceback" not in done.stderr

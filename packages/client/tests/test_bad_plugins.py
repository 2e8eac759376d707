"""Plugins that do what plugins must not do: each wrong in one way, all in one file of C."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import (
    IsoboothError,
    PluginCrashed,
    PluginError,
    PluginTimeout,
    load,
)
from tests.support import compile_plugin, is_running, kill, python_path, real_plugin, until


def noise(channels, frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


BAD = """
#include <ladspa.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *names[] = {"what", "in", "out"};
static const LADSPA_PortDescriptor ports[] = {
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO};
static const LADSPA_PortRangeHint hints[] = {
    {LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE | LADSPA_HINT_DEFAULT_0, 0, 100}, {0, 0, 0}, {0, 0, 0}};
struct bad { LADSPA_Data *port[3]; };

static LADSPA_Handle make(const LADSPA_Descriptor *d, unsigned long rate)
{
    (void)d; (void)rate;
    return calloc(1, sizeof(struct bad));
}
static void connect_port(LADSPA_Handle h, unsigned long port, LADSPA_Data *data)
{
    ((struct bad *)h)->port[port] = data;
}
static void run(LADSPA_Handle h, unsigned long frames)
{
    struct bad *bad = h;
    int what = (int)*bad->port[0];
    for (unsigned long i = 0; i < frames; i++)
        bad->port[2][i] = bad->port[1][i];
    switch (what) {
    case 1: *(volatile int *)8 = 1; break;
    case 2: abort();
    case 3: exit(0);
    case 4: _exit(7);
    case 5: for (;;) usleep(1000);
    case 6: printf("the plugin says hello\\n"); fflush(stdout); fprintf(stderr, "and moans\\n"); break;
    case 7: usleep(30000); break;
    case 8: for (int fd = 3; fd < 1024; fd++) close(fd); break;
    case 9: if (fork() == 0) for (;;) pause(); *(volatile int *)8 = 1; break;
    case 10: if (fork() == 0) { setsid(); sleep(20); _exit(0); } *(volatile int *)8 = 1; break;
    case 11: { char *p = (char *)bad->port[2]; for (long i = -4096; i < 4096; i++) p[i] = (char)0xA5; break; }
    case 12: raise(SIGSTOP); break;
    case 13: for (int i = 0; i < 200000; i++) fprintf(stderr, "line %d of a flood\\n", i); break;
    case 14:
        for (int fd = 3; fd < 1024; fd++) { char junk[64] = {(char)0xff, 1, 2}; (void)!write(fd, junk, sizeof junk); }
        break;
    case 15: ((volatile char *)bad->port[2])[1L << 40] = 1; break;
    case 16: __builtin_trap();
    default: break;
    }
}
static void clean(LADSPA_Handle h)
{
    if ((int)*((struct bad *)h)->port[0] == 50) for (;;) usleep(1000);
    if ((int)*((struct bad *)h)->port[0] == 51) *(volatile int *)8 = 1;
    free(h);
}
static const LADSPA_Descriptor descriptor = {
    4711, "bad", 0, "Bad", "", "", 3, ports, names, hints, NULL,
    make, connect_port, NULL, run, NULL, NULL, NULL, clean};
const LADSPA_Descriptor *ladspa_descriptor(unsigned long i) { return i == 0 ? &descriptor : NULL; }
"""


@pytest.fixture(scope="session")
def bad_file(tmp_path_factory):
    header = ladspa_header(tmp_path_factory.mktemp("ladspa"))
    return compile_plugin(BAD, tmp_path_factory.mktemp("bad") / "bad.so", f"-I{header}")


def ladspa_header(folder):
    """A folder with as much of ladspa.h as the plugin above needs, in our own words: LADSPA 1.1's binary interface."""
    (folder / "ladspa.h").write_text("""
typedef float LADSPA_Data;
typedef int LADSPA_PortDescriptor;
typedef struct { int hint; LADSPA_Data low, high; } LADSPA_PortRangeHint;
typedef void *LADSPA_Handle;
enum { LADSPA_PORT_INPUT = 1, LADSPA_PORT_OUTPUT = 2, LADSPA_PORT_CONTROL = 4, LADSPA_PORT_AUDIO = 8 };
enum { LADSPA_HINT_BOUNDED_BELOW = 1, LADSPA_HINT_BOUNDED_ABOVE = 2, LADSPA_HINT_DEFAULT_0 = 0x200 };
typedef struct LADSPA_Descriptor {
    unsigned long id;
    const char *label;
    int properties;
    const char *name, *maker, *copyright;
    unsigned long count;
    const LADSPA_PortDescriptor *ports;
    const char *const *names;
    const LADSPA_PortRangeHint *hints;
    void *data;
    LADSPA_Handle (*instantiate)(const struct LADSPA_Descriptor *, unsigned long);
    void (*connect_port)(LADSPA_Handle, unsigned long, LADSPA_Data *);
    void (*activate)(LADSPA_Handle);
    void (*run)(LADSPA_Handle, unsigned long);
    void (*run_adding)(LADSPA_Handle, unsigned long);
    void (*set_gain)(LADSPA_Handle, LADSPA_Data);
    void (*deactivate)(LADSPA_Handle);
    void (*cleanup)(LADSPA_Handle);
} LADSPA_Descriptor;
""")
    return folder


@pytest.fixture
def bad(bad_file):
    """A function that loads the plugin above."""
    loaded = []

    def make(**options):
        loaded.append(load(f"ladspa:{bad_file}#bad", **options))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()


def test_a_good_one_to_begin_with(bad):
    plugin = bad()
    assert (plugin.process(noise(1, 3000)) == noise(1, 3000)).all()


CRASHES = {1: "SIGSEGV", 2: "SIGABRT", 3: "exit status 0", 4: "exit status 7", 15: "SIGSEGV", 16: "SIG(ILL|TRAP)"}


@pytest.mark.parametrize("what", CRASHES)
@pytest.mark.parametrize("frames", [10, 5000])
def test_a_crash_in_a_block_is_described(bad, bad_file, what, frames):
    plugin = bad(block_size=64)
    plugin.process(noise(1, 640))
    plugin.parameters.what = what
    with pytest.raises(PluginCrashed, match=CRASHES[what]) as caught:
        plugin.process(noise(1, frames))
    report = caught.value.report
    assert report.phase == "process"
    if what != 4:  # _exit leaves no last word
        assert report.on_audio_thread
        assert report.block >= 11
    if what in {1, 16}:
        assert Path(report.library).name == bad_file.name
        assert report.offset > 0
    if what == 1:
        assert report.address == 8
    plugin.parameters.what = 0  # what a restart has to bring back
    plugin.restart()
    assert (plugin.process(noise(1, 5000)) == noise(1, 5000)).all()


@pytest.mark.parametrize("on_crash", ["bypass", "silence"])
def test_the_block_comes_back_all_the_same(bad, on_crash):
    plugin = bad(block_size=64, on_crash=on_crash, fade=0)
    audio = np.ones((1, 1000), np.float32)
    plugin.process(audio)
    plugin.parameters.what = 1
    wet = plugin.process(audio)
    assert (wet == (1 if on_crash == "bypass" else 0)).all()
    assert isinstance(plugin.error, PluginCrashed)


def test_parameters_come_back_after_a_crash(bad):
    plugin = bad()
    plugin.parameters.what = 33
    plugin.flush()
    kill(plugin.pid)
    with pytest.raises(PluginCrashed):
        plugin.refresh_values()
    plugin.restart()
    plugin.refresh_values()
    assert plugin.parameters.what.value == 33


def test_a_hang_is_ended(bad):
    plugin = bad(timeout=0.5)
    plugin.parameters.what = 5
    with pytest.raises(PluginTimeout, match="'process'"):
        plugin.process(noise(1, 3000))
    assert until(lambda: not is_running(plugin.pid))
    plugin.parameters.what = 0
    plugin.restart()
    assert (plugin.process(noise(1, 3000)) == noise(1, 3000)).all()


def test_a_plugin_that_stops_itself(bad):
    plugin = bad(timeout=0.5)
    plugin.parameters.what = 12
    with pytest.raises(PluginTimeout):
        plugin.process(noise(1, 3000))
    assert until(lambda: not is_running(plugin.pid))


def test_slow_is_not_dead(bad):
    plugin = bad(block_size=512)
    plugin.parameters.what = 7
    audio = noise(1, 5000)
    assert (plugin.process(audio) == audio).all()
    plugin.submit()
    assert plugin.wait(0.001) == 16
    plugin.parameters.what = 0
    for number in range(5):
        plugin.input[:] = number
        plugin.submit()
        assert plugin.wait() == 1
        assert (plugin.output == number).all()


def test_prints_are_captured(bad, capfd):
    plugin = bad()
    plugin.parameters.what = 6
    plugin.process(noise(1, 10))
    assert until(lambda: "the plugin says hello" in list(plugin.log) and "and moans" in list(plugin.log))
    assert capfd.readouterr() == ("", "")


def test_a_flood_is_bounded(bad):
    plugin = bad(timeout=60)
    plugin.parameters.what = 13
    plugin.process(noise(1, 10))
    assert until(lambda: plugin.log.lost > 100_000)
    assert len(plugin.log) <= 1000


@pytest.mark.parametrize("what", [8, 14])
def test_a_plugin_that_closes_or_writes_every_descriptor(bad, what):
    plugin = bad(timeout=2)
    plugin.parameters.what = what
    with contextlib.suppress(IsoboothError):
        plugin.process(noise(1, 10))
    with pytest.raises((PluginError, IsoboothError)):
        for _ in range(50):
            plugin.refresh_values()
            plugin.process(noise(1, 10))
    plugin.parameters.what = 0
    plugin.restart()
    assert (plugin.process(noise(1, 3000)) == noise(1, 3000)).all()


@pytest.mark.parametrize("what", [9, 10])
def test_what_the_plugin_forked_does_not_hold_us_up(bad, what):
    plugin = bad(timeout=30, block_size=64)
    plugin.parameters.what = what
    before = time.monotonic()
    with pytest.raises(PluginCrashed, match="SIGSEGV"):
        plugin.process(noise(1, 10))
    with pytest.raises(PluginCrashed):
        plugin.state  # noqa: B018
    plugin.close()
    assert time.monotonic() - before < 25  # the deadline, not a measure of speed


def test_what_the_plugin_forked_ends_with_it(bad_file, nothing_left):
    plugin = load(f"ladspa:{bad_file}#bad")
    plugin.parameters.what = 9
    with pytest.raises(PluginCrashed):
        plugin.process(noise(1, 10))
    plugin.close()


def test_a_plugin_that_writes_past_its_buffers(bad):
    plugin = bad(timeout=2, block_size=64, slots=2)
    plugin.parameters.what = 11
    for _ in range(20):
        try:
            plugin.process(noise(1, 200))
        except IsoboothError:
            plugin.parameters.what = 0
            plugin.restart()
            plugin.parameters.what = 11
    plugin.parameters.what = 0
    plugin.restart()
    assert (plugin.process(noise(1, 3000)) == noise(1, 3000)).all()


@pytest.mark.parametrize("what", [50, 51])
def test_a_plugin_that_will_not_leave(bad_file, nothing_left, what):
    plugin = load(f"ladspa:{bad_file}#bad", timeout=1)
    plugin.parameters.what = what
    plugin.process(noise(1, 10))
    plugin.close()
    assert not is_running(plugin.pid)


@pytest.mark.parametrize("what", [5, 50])
def test_the_client_dies_while_the_plugin_hangs(bad_file, what):
    """The watchdog of the booth, not its main thread, has to see it."""

    code = f"""
import sys, threading, time, numpy as np
from isobooth.client import load
plugin = load("ladspa:{bad_file}#bad", timeout=600)
plugin.parameters.what = {what}
audio = np.zeros((1, 10), np.float32)
print(plugin.pid, flush=True)
if {what} == 5:
    plugin.process(audio)
plugin.process(audio)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": python_path()}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as client:
        pid = int(client.stdout.readline())
        time.sleep(0.2)
        client.kill()
        client.wait()
        assert until(lambda: not is_running(pid), seconds=5)


def test_real_plugin_after_a_crash():
    path = real_plugin("amp.so")
    with load(f"ladspa:{path}#amp_mono") as plugin:
        plugin.parameters["Gain"].value = 2.0
        audio = noise(1, 3000)
        assert (plugin.process(audio) == audio * 2).all()
        kill(plugin.pid)
        with pytest.raises(PluginCrashed):
            plugin.process(noise(1, 3000))
            plugin.process(noise(1, 3000))
        plugin.restart()
        assert plugin.parameters["Gain"].value == 2.0
        assert (plugin.process(audio) == audio * 2).all()


def test_parameters_set_from_another_thread_are_not_lost():
    path = real_plugin("amp.so")
    with load(f"ladspa:{path}#amp_mono", block_size=16) as plugin:
        stop = threading.Event()
        failed = []

        def play():
            while not stop.is_set():
                plugin.process(np.ones((1, 8), np.float32))

        player = threading.Thread(target=play)
        player.start()
        try:
            for number in range(300):
                plugin.parameters["Gain"].value = number / 10
                time.sleep(0.0005)
                plugin.flush()
                found = plugin.process(np.ones((1, 1), np.float32))[0, 0]
                if found != np.float32(number / 10):
                    failed.append((number, found))
        finally:
            stop.set()
            player.join()
        assert not failed

"""With the real host and libraries that do harm when they are looked into, each in its own way."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from isobooth.protocol.errors import PluginLoadError
from isobooth.scan import blocklist, find_plugin, scan
from isobooth.scan.__main__ import main
from tests.support import compile_plugin, until

pytestmark = pytest.mark.usefixtures("real_host")

HARM = {
    "crash": ("volatile int *volatile nowhere = 0; *nowhere = 1;", "crash", "SIGSEGV"),
    "abort": ("abort();", "crash", "SIGABRT"),
    "exits": ("exit(0);", "exit", "exit status"),
    "quits": ("_exit(0);", "exit", ""),
    "hangs": ("for (;;) pause();", "timeout", "within 5 s"),
    "spins": ('for (;;) __asm__ volatile("");', "timeout", "within 5 s"),
    "grows": ("for (;;) { char *p = malloc(1 << 24); if (p) memset(p, 1, 1 << 24); }", "memory", "256 MiB"),
    "kills": ("kill(getppid(), SIGKILL);", "crash", "SIGKILL"),
    "group": ("kill(0, SIGKILL);", "crash", "SIGKILL"),
}
"""What a library does, how that is called, and a word of what is said of it."""

SOURCE = """
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void harm(void) { %s }
#if EARLY
__attribute__((constructor)) static void begin(void) { harm(); }
#endif
const void *ladspa_descriptor(unsigned long index) { harm(); return 0; }
"""


@pytest.fixture
def shelf(tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def harmful(folder, name, *, early=False, suffix=".so"):
    return compile_plugin(SOURCE % HARM[name][0], folder / f"{name}{suffix}", f"-DEARLY={int(early)}")


@pytest.mark.parametrize("early", [False, True], ids=["entry", "constructor"])
def test_each_harm_has_its_name_and_ends_on_the_blocklist(shelf, early, real_plugin):
    for name in HARM:
        harmful(shelf, name, early=early).with_suffix(".c").unlink()
    (shelf / "amp.so").symlink_to(real_plugin("/usr/lib/ladspa/amp.so"))
    found = scan([shelf], ["ladspa"], timeout=5.0, memory=256)
    assert [one.id for one in found] == ["amp_mono", "amp_stereo"]
    said = {Path(one.path).stem: one for one in found.blocked}
    assert set(said) == set(HARM)
    for name, (_, ended, word) in HARM.items():
        assert said[name].ended == ended, said[name]
        assert word in said[name].reason
        assert said[name].since.startswith("20")
    assert set(HARM) <= {Path(one.path).stem for one in found.problems}
    again = scan([shelf], ["ladspa"], timeout=5.0, memory=256, progress=lambda done, total, path: no_work(total))
    assert again.blocked == found.blocked


def no_work(total):
    assert total == 0


def looked_at(*arguments, **options):
    """Which files a scan looks into, and what it finds."""
    seen = []
    found = scan(*arguments, progress=lambda done, total, path: seen.append(Path(path).name), **options)
    return sorted(set(seen) - {""}), found


def test_a_blocked_file_is_looked_into_on_demand_when_it_changes_and_when_it_is_given_more(shelf):
    crash, hangs = harmful(shelf, "crash"), harmful(shelf, "hangs")
    scan([shelf], ["ladspa"], timeout=1.0)
    assert looked_at([shelf], ["ladspa"], timeout=1.0)[0] == []
    assert looked_at([shelf], ["ladspa"], timeout=1.0, retry=True)[0] == ["crash.so", "hangs.so"]
    assert looked_at([crash], ["ladspa"], timeout=1.0, retry=True)[0] == ["crash.so"]
    assert looked_at([shelf], ["ladspa"], timeout=1.5)[0] == ["hangs.so"]
    compile_plugin("const void *ladspa_descriptor(unsigned long i) { return 0; }", hangs)
    names, found = looked_at([shelf], ["ladspa"], timeout=1.5)
    assert names == ["hangs.so"]
    assert [Path(one.path).name for one in found.blocked] == ["crash.so"]


def test_a_file_that_once_was_good_is_known_by_the_names_of_its_plugins(shelf, real_plugin, monkeypatch):
    monkeypatch.setenv("LADSPA_PATH", str(shelf))
    target = shelf / "thing.so"
    target.write_bytes(real_plugin("/usr/lib/ladspa/amp.so").read_bytes())
    assert find_plugin("amp_mono").name == "Mono Amplifier"
    target.unlink()
    harmful(shelf, "crash").rename(target)
    for wanted in ("amp_mono", "Mono Amplifier", "ladspa:amp_mono", "thing", "Thing"):
        with pytest.raises(PluginLoadError) as caught:
            find_plugin(wanted)
        assert f"{target}, which is on the blocklist since 20" in str(caught.value)
        assert "SIGSEGV" in str(caught.value)
        assert f"isobooth scan --retry {target}" in str(caught.value)
    with pytest.raises(PluginLoadError, match="SIGSEGV.*left alone until it changes.*--retry"):
        find_plugin(target)


def test_the_blocklist_on_the_command_line(shelf, capsys):
    crash = harmful(shelf, "crash")
    assert main([str(shelf), "--format", "ladspa"]) == 0
    assert "1 entry on the blocklist" in capsys.readouterr().err
    assert main(["--blocklist"]) == 0
    out, err = capsys.readouterr()
    where, ended, since, reason = out.rstrip("\n").split("\t")
    assert (where, ended) == (f"ladspa:{crash}", "crash")
    assert "SIGSEGV" in reason
    assert since == blocklist()[0].since
    assert "1 entry on the blocklist" in err
    assert main(["--blocklist", "--json", str(shelf)]) == 0
    assert [one["path"] for one in json.loads(capsys.readouterr().out)["blocked"]] == [str(crash)]
    assert main(["--blocklist", "--json", "/usr"]) == 0
    assert json.loads(capsys.readouterr().out)["blocked"] == []


def test_nothing_that_a_plugin_prints_or_writes_gets_into_the_result(shelf, real_plugin):
    shout = r"""
    static const char noise[] = "{\"format\":\"ladspa\",\"path\":\"/evil\",\"plugins\":[]}\n\033[31m";
    for (int fd = 0; fd < 256; fd++) if (write(fd, noise, sizeof noise)) {}
    puts(noise); fflush(stdout); fputs(noise, stderr);
    """
    compile_plugin(SOURCE % shout, shelf / "shouts.so", "-DEARLY=0").with_suffix(".c").unlink()
    (shelf / "amp.so").symlink_to(real_plugin("/usr/lib/ladspa/amp.so"))
    command = [sys.executable, "-m", "isobooth.scan", "--json", str(shelf)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert [one["id"] for one in found["plugins"]] == ["amp_mono", "amp_stereo"]
    assert not any(one["path"] == "/evil" for one in found["problems"])
    assert "\033" not in done.stderr


def children(name):
    """Processes whose command line names a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if name.encode() in words and state != "Z" and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_scan_that_is_ended_leaves_no_process_and_a_valid_cache(shelf, number, real_plugin, tmp_path):
    (shelf / "amp.so").symlink_to(real_plugin("/usr/lib/ladspa/amp.so"))
    harmful(shelf, "hangs")
    command = [sys.executable, "-m", "isobooth.scan", "--jobs", "1", "--format", "ladspa", str(shelf)]
    heed = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed,  # noqa: PLW1509  (no other thread runs in this test)
    ) as process:
        assert until(lambda: len(children(f"{shelf}/hangs.so")) > 1)
        time.sleep(0.2)
        process.send_signal(number)
        process.communicate(timeout=30)
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
    assert process.returncode == codes[number]
    assert until(lambda: not children(str(shelf)))
    names, _ = looked_at([shelf], ["ladspa"], timeout=1.0)
    assert names == (["hangs.so"] if number != signal.SIGKILL else ["amp.so", "hangs.so"])


def test_a_host_that_cannot_do_its_work_is_no_fault_of_the_plugin(fake_host, files, probed):
    fake_host("sys.exit('isobooth-host: cannot write: No space left on device')")
    folder = files("a.clap")
    found = scan([folder])
    assert "exit status 1" in found.problems[0].reason
    assert found.blocked == []
    probed()
    fake_host()
    assert [one.id for one in scan([folder])] == ["a"]

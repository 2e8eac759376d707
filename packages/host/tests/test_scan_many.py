"""A file of many plugins, one of which does harm: the scan loses that one alone, and names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from isobooth.host.piecemeal import Gathering, PiecemealReport, Step, begin, begin_again, begin_closing, framed
from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem, ScanReport
from tests.support import compile_plugin, real_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import compiled
from vst2_booth import witness_file
from vst3_files import HERE, INCLUDE

SCAN = """
import sys
import msgspec
from isobooth.host import describing
format, path, timeout, patches = sys.argv[1:]
vars(describing).update(eval(patches))
report = describing.scan_file(describing.ScanArguments(format, path, timeout=float(timeout)))
sys.stdout.buffer.write(msgspec.msgpack.encode(report))
"""
NAMES = ["Many A", "Many B", "Many C", "Many D"]


def scan(format_name, path, timeout=30.0, **patches):
    """The report on a file; ``patches`` are constants of the module that makes it."""
    command = [sys.executable, "-c", SCAN, format_name, str(path), str(timeout), repr(patches)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return msgspec.msgpack.decode(done.stdout, type=ScanReport)


def clap(folder, *flags, **options):
    """The report on clap_many.c."""
    return scan("clap", compiled("clap_many", folder, *flags), **options)


def named(report):
    """Names of the plugins that are described."""
    return [one.name for one in report.plugins]


def told(problems):
    """What is said of each, without the path."""
    return [(one.plugin_id, one.plugin_name, one.ended, one.reason) for one in problems]


def test_nothing_is_told_of_good_ones(tmp_path):
    report = clap(tmp_path)
    assert named(report) == NAMES
    assert report.errors == report.warnings == []


@pytest.mark.parametrize("number", [0, 3])
def test_a_crash_costs_the_plugin_that_crashes(tmp_path, number):
    report = clap(tmp_path, "-DAT=1", f"-DDEADLY={number}")
    assert named(report) == [name for at, name in enumerate(NAMES) if at != number]
    reason = f"the plugin 'many.{number}' died of SIGABRT while it was described"
    assert told(report.errors) == [(f"many.{number}", NAMES[number], "crash", reason)]
    assert report.warnings == []


def test_a_hang_costs_the_plugin_that_hangs(tmp_path):
    report = clap(tmp_path, "-DAT=1", "-DHANGS", timeout=1.0)
    assert named(report) == ["Many A", "Many B", "Many D"]
    reason = "the plugin 'many.2' did not let itself be described within 1 s"
    assert told(report.errors) == [("many.2", "Many C", "timeout", reason)]


def test_one_that_dies_when_it_is_destroyed_is_known(tmp_path):
    report = clap(tmp_path, "-DAT=2")
    assert named(report) == NAMES
    reason = "the plugin 'many.2' died of SIGABRT when it was destroyed"
    assert (report.errors, told(report.warnings)) == ([], [("many.2", "Many C", "crash", reason)])
    assert report.warnings[0].phase == "close"


@pytest.mark.parametrize(
    ("flags", "ended", "reason"),
    [
        ([], "crash", "the plugin died of SIGABRT when its library was unloaded"),
        (["-DHANGS"], "timeout", "the plugin did not let its library be unloaded within 1 s"),
    ],
)
def test_a_library_that_cannot_be_unloaded_takes_nothing_along(tmp_path, flags, ended, reason):
    report = clap(tmp_path, "-DAT=3", *flags, timeout=1.0)
    assert named(report) == NAMES
    assert (report.errors, told(report.warnings)) == ([], [("", "", ended, reason)])
    assert report.warnings[0].phase == "unload"


def test_presets_that_take_the_process_down(tmp_path):
    report = clap(tmp_path, "-DAT=4")
    assert named(report) == NAMES
    assert report.errors == []
    assert "its presets are not known" in report.warnings[0].reason
    assert "SIGABRT" in report.warnings[0].reason


def test_a_file_that_dies_when_it_is_opened_is_looked_at_once(tmp_path):
    report = clap(tmp_path, "-DAT=5")
    assert report.plugins == []
    assert told(report.errors) == [("", "", "crash", "the plugin died of SIGABRT while it was described")]


def test_each_plugin_has_its_time(tmp_path):
    report = clap(tmp_path, "-DSLOW=500", timeout=1.0)
    assert named(report) == NAMES
    assert report.errors == report.warnings == []


def test_all_plugins_of_a_file_have_a_time_together(tmp_path):
    report = clap(tmp_path, "-DSLOW=500", timeout=1.0, SCAN_TOTAL=1)
    assert named(report) == NAMES[: len(report.plugins)]
    assert 0 < len(report.plugins) < 4
    guilty, rest = report.errors
    assert "was not done after 1 s for the whole file" in guilty.reason
    assert guilty.ended == "timeout"
    left = 3 - len(report.plugins)
    assert rest.reason == f"{left} more plugins of the file were not looked at, because of what others of it did"


def test_a_file_full_of_hangs_is_given_up(tmp_path):
    report = clap(tmp_path, "-DAT=1", "-DHANGS", "-DDEADLY=1", timeout=1.0, _MOST_SLOW_DEATHS=1)
    assert named(report) == ["Many A"]
    assert [one.plugin_id for one in report.errors] == ["many.1", ""]
    assert report.errors[1].reason.startswith("2 more plugins of the file were not looked at")


def test_a_vst3_of_many_classes(tmp_path):
    source = (HERE / "plugins" / "vst3_shapes.c").read_text()
    flags = (INCLUDE, f"-I{HERE / 'plugins'}", "-DMANY=4", "-DDEADLY=1")
    path = compile_plugin(source, tmp_path / "Shapes.vst3", *flags)
    report = scan("vst3", path)
    ids = [(b"shapes-plugin-0" + bytes([ord("1") + at])).hex().upper() for at in range(4)]
    assert [(one.index, one.id) for one in report.plugins] == [(0, ids[0]), (2, ids[2]), (3, ids[3])]
    assert all(one.parameters for one in report.plugins)
    reason = f"the plugin {ids[1]!r} died of SIGABRT while it was described"
    assert told(report.errors) == [(ids[1], "Shapes", "crash", reason)]


def test_a_vst2_shell(tmp_path):
    report = scan("vst2", witness_file(tmp_path, "-DSHELL", "-DDEADLY=0x46697230"))
    assert [one.id for one in report.plugins] == ["Fir1"]
    assert told(report.errors) == [
        ("Fir0", "First", "crash", "the plugin 'Fir0' died of SIGABRT while it was described")
    ]


LADSPA = """
#include <stdlib.h>
struct descriptor {
    unsigned long id; const char *label; int properties; const char *name, *maker, *copyright; unsigned long count;
    const int *ports; const char *const *names; const void *hints; void *data; void *calls[8];
};
static const int ports[] = {9, 10};
static const char *const names[] = {"in", "out"};
static const struct { int hint; float low, high; } hints[2];
#define PLUGIN(n, l) {n, l, 0, l, "", "", 2, ports, n == BAD ? (void *)8 : names, hints, 0, \
                      {malloc, free, 0, free, 0, 0, 0, free}}
static struct descriptor all[] = {PLUGIN(1, "a"), PLUGIN(2, "b"), PLUGIN(3, "c")};
const struct descriptor *ladspa_descriptor(unsigned long i)
{
    if (i == END)
        abort();
    return i < 3 ? &all[i] : 0;
}
"""


def test_a_ladspa_library(tmp_path):
    path = compile_plugin(LADSPA, tmp_path / "many.so", "-w", "-DBAD=2", "-DEND=9")
    report = scan("ladspa", path)
    assert [one.id for one in report.plugins] == ["a", "c"]
    reason = "the plugin 'b' died of SIGSEGV while it was described"
    assert told(report.errors) == [("b", "", "crash", reason)]


@pytest.mark.parametrize("end", [2, 3])
def test_a_ladspa_library_that_does_not_know_its_end(tmp_path, end):
    path = compile_plugin(LADSPA, tmp_path / "many.so", "-w", "-DBAD=9", f"-DEND={end}")
    report = scan("ladspa", path)
    assert [one.id for one in report.plugins] == ["a", "b", "c"][:end]
    reason = f"the plugin died of SIGABRT when its library was asked for a plugin of number {end}"
    assert told(report.errors) == [("", "", "crash", reason)]


def test_a_real_file_of_many():
    report = scan("ladspa", real_plugin("cmt.so"))
    assert len(report.plugins) > 50
    assert [one.index for one in report.plugins] == sorted({one.index for one in report.plugins})
    assert report.errors == []


def test_pieces_make_the_report_whatever_their_parts():
    sent = bytearray()
    own = PiecemealReport.start(ScanReport(format="clap", path="x"), [], sent.extend, lambda: None)
    first = PluginDescriptor(format="clap", path="x", id="one", name="One")
    assert begin(own, "plugin", 0, "one")
    own.plugins.append(first)
    begin_closing(own)
    own.warnings.append(ScanProblem(path="x", reason="odd"))
    first.description = "changed"
    begin_again(own)
    begin(own, "done")
    gathering = Gathering(ScanReport(format="auto", path="x"))
    count = sum(gathering.add(bytes([byte])) for byte in sent)
    assert (count, gathering.step) == (3, Step("done"))
    assert gathering.report == ScanReport(
        format="clap", path="x", plugins=[first], warnings=[ScanProblem(path="x", reason="odd")]
    )
    assert gathering.bytes == len(sent)
    assert framed(b"ab")[4:] == b"ab"


def test_what_is_known_or_fatal_is_not_done_again():
    known = ScanReport(format="clap", path="x", plugins=[PluginDescriptor(format="clap", path="x", id="a", name="A")])
    own = PiecemealReport.start(known, [Step("plugin", 1, "b")], lambda _: None, lambda: None)
    assert [begin(own, "plugin", at, name) for at, name in enumerate("abc")] == [False, False, True]
    assert begin(known, "plugin", 0, "a")  # any other report is only filled

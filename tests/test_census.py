"""The census: what works counts, and what does not is told in one line."""

import json
import math

import pytest

from isobooth.scan.host import host_info
from tests.support import compile_plugin, real_plugin
from tools import census
from tools.census import FAILED, ODD, OK, Row

SOURCE = """
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
struct plugin {
    unsigned long id; const char *label; int properties; const char *name, *maker, *copyright;
    unsigned long count; const int *kinds; const char *const *names; const void *hints; void *data;
    void *(*make)(const struct plugin *, unsigned long);
    void (*connect)(void *, unsigned long, float *); void (*on)(void *); void (*run)(void *, unsigned long);
    void (*add)(void *, unsigned long); void (*gain)(void *, float); void (*off)(void *); void (*end)(void *);
};
static float *out;
static void *make(const struct plugin *p, unsigned long rate) { (void)p; (void)rate; return &out; }
static void connect(void *h, unsigned long port, float *data) { (void)h; (void)port; out = data; }
static void end(void *h) { (void)h; }
static void zeros(void *h, unsigned long n) { (void)h; for (unsigned long i = 0; i < n; i++) out[i] = 0; }
static void nan_(void *h, unsigned long n) { (void)h; for (unsigned long i = 0; i < n; i++) out[i] = NAN; }
static void crash(void *h, unsigned long n) { (void)h; (void)n; abort(); }
static void slow(void *h, unsigned long n) { zeros(h, n); usleep(100000); }
static const int kinds[] = {2 | 8};
static const char *const names[] = {"Out"};
#define PLUGIN(n, function) {.id = n, .label = #function, .name = #function, .maker = "", .copyright = "", \\
    .count = 1, .kinds = kinds, .names = names, .make = make, .connect = connect, .run = function, .end = end}
static const struct plugin all[] = {PLUGIN(1, zeros), PLUGIN(2, nan_), PLUGIN(3, crash), PLUGIN(4, slow)};
const struct plugin *ladspa_descriptor(unsigned long i) { return i < 4 ? &all[i] : 0; }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("census")
    compile_plugin(SOURCE, folder / "four.so")
    (folder / "text.so").write_text("no plugin\n")
    return folder


def test_what_works_and_what_does_not(folder, tmp_path, capsys):
    result = tmp_path / "census.json"
    arguments = [str(folder), "--format", "ladspa", "--json", str(result), "--limit", "4"]
    assert census.main(arguments) == 1
    rows = {row["name"]: row for row in json.loads(result.read_text())}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "text.so": FAILED,
        "zeros": OK,
        "nan_": ODD,
        "crash": FAILED,
        "slow": FAILED,
    }
    assert "not finite from block 0" in rows["nan_"]["reason"]
    assert "SIGABRT" in rows["crash"]["reason"]
    assert "of 100 blocks were played in time" in rows["slow"]["reason"]
    assert str(folder / "text.so") in rows["text.so"]["reason"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].split() == ["ladspa", "5", "1", "1", "3"]
    assert f"failed: ladspa:{folder}/four.so#crash: " in "\n".join(printed)
    assert len(printed) == 3 + 4


@pytest.mark.real_plugin
def test_real_plugins_pass(capsys):
    assert census.main([str(real_plugin("sc4_1882.so")), str(real_plugin("ZamComp.clap"))]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines[1:4]] == ["clap", "ladspa", "all"]
    assert lines[3][1:] == ["2", "2", "0", "0"]


def test_formats_are_those_that_the_host_has(capsys):
    with pytest.raises(SystemExit):
        census.main(["--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in host_info()[1].formats if name != "null")


def test_a_path_that_is_not_there_is_an_error(tmp_path, capsys):
    with pytest.raises(SystemExit):
        census.main([str(tmp_path / "none.so")])
    assert "there is no" in capsys.readouterr().err


@pytest.mark.parametrize(("failed", "passes"), [(0, True), (1, True), (2, False)])
def test_one_of_a_hundred_may_fail(failed, passes):
    rows = [Row("clap", f"/{i}.clap", "x", "X", FAILED if i < failed else ODD) for i in range(100)]
    assert census.enough(rows) is passes


def test_values_that_are_the_same():
    assert census._close(1.0, 1.00001)
    assert not census._close(1.0, 1.1)
    assert not census._close(math.nan, 1.0)

"""With the real host: one plugin of a file does harm, and is on the blocklist; the others of the file are there."""

import json

import jsonschema
import pytest

from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from isobooth.protocol.schema import schema
from isobooth.scan import blocklist, find_plugin, scan
from isobooth.scan.__main__ import main
from tests.support import compile_plugin

pytestmark = pytest.mark.usefixtures("real_host")

SOURCE = """
#include <stdlib.h>
struct descriptor {
    unsigned long id; const char *label; int properties; const char *name, *maker, *copyright; unsigned long count;
    const int *ports; const char *const *names; const void *hints; void *data; void *calls[8];
};
static const int ports[] = {9, 10};
static const char *const names[] = {"in", "out"};
static const struct { int hint; float low, high; } hints[2];
#define PLUGIN(n, l, t) {n, l, 0, t, "", "", 2, ports, n == BAD ? (void *)8 : names, hints, 0, \\
                         {malloc, free, 0, free, 0, 0, 0, free}}
static struct descriptor all[] = {PLUGIN(1, "good", "Good"), PLUGIN(2, "bad", "Bad"), PLUGIN(3, "fine", "Fine")};
const struct descriptor *ladspa_descriptor(unsigned long i) { return i < 3 ? &all[i] : 0; }
__attribute__((destructor)) static void end(void) { if (BAD == 9) abort(); }
"""


@pytest.fixture
def shelf(tmp_path, monkeypatch, only_here):
    """A folder of LADSPA plugins, the only one."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("LADSPA_PATH", str(folder))
    return folder


def make(shelf, bad):
    """The file; ``bad`` is the number of the plugin that crashes, or 9: only the destructor does."""
    return compile_plugin(SOURCE, shelf / "several.so", "-w", f"-DBAD={bad}")


def ids(catalogue):
    return [one.id for one in catalogue]


def looked_at(**options):
    """How many files a scan of the shelf looks into, and what it finds."""
    totals = []
    found = scan(formats=["ladspa"], progress=lambda done, total, path: totals.append(total), **options)
    return totals[-1], found


def test_one_crash_among_good_plugins(shelf, capsys):
    path = make(shelf, 2)
    found = scan(formats=["ladspa"])
    assert ids(found) == ["good", "fine"]
    assert [(one.path, one.plugin_id, one.ended, one.plugins) for one in found.blocked] == [
        (str(path), "bad", "crash", ["bad"])
    ]
    assert found.blocked == blocklist()
    for wanted in ("ladspa:bad", "bad", f"{path}#bad"):
        with pytest.raises(PluginLoadError, match=r"blocklist since 20.*'bad' died of SIGSEGV.*--retry"):
            find_plugin(wanted)
    assert find_plugin(f"{path}#fine").name == "Fine"
    with pytest.raises(PluginNotFound, match="it holds good, fine|did you mean"):
        find_plugin(f"{path}#other")
    with pytest.raises(PluginNotFound):
        find_plugin("several")  # what the file is called says nothing where plugins of it are known
    assert main(["--blocklist"]) == 0
    assert capsys.readouterr().out.startswith(f"ladspa:{path}#bad\tcrash\t20")
    assert main(["--json", "--format", "ladspa"]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, schema("catalogue"))
    assert printed["blocked"][0]["plugin_id"] == "bad"


def test_it_is_looked_into_again_on_demand_and_when_the_file_changes(shelf):
    make(shelf, 2)
    assert ids(scan(formats=["ladspa"])) == ["good", "fine"]
    assert looked_at()[0] == 0
    total, again = looked_at(retry=True)
    assert (total, ids(again), len(again.blocked)) == (1, ["good", "fine"], 1)
    make(shelf, 0)
    total, cured = looked_at()
    assert (total, ids(cured), cured.blocked) == (1, ["good", "bad", "fine"], [])
    make(shelf, 2)
    assert looked_at()[1].blocked[0].plugins == ["bad", "Bad"]  # the name is that of the good one


MISCHIEF = {
    "stops": "if (!i) kill(getppid(), SIGSTOP);",
    "floods": "static char much[1 << 20]; for (int n = 0; !i && n < 100; n++) if (write(1, much, sizeof much)) {}",
    "forks": "if (!i && fork() == 0) for (;;) pause();",
    "closes": "for (int fd = 0; !i && fd < 3; fd++) close(fd);",
}
"""What a library does on its way, and is described all the same."""


def test_mischief_that_is_no_reason_not_to_be_described(shelf):
    for name, code in MISCHIEF.items():
        source = SOURCE.replace("{ return i", f"{{ {code} return i").replace('"good"', f'"{name}"')
        source = "#include <signal.h>\n#include <unistd.h>\n" + source
        compile_plugin(source, shelf / f"{name}.so", "-w", "-DBAD=0")
    found = scan(formats=["ladspa"])
    assert (ids(found)[::3], found.blocked) == (sorted(MISCHIEF), [])
    assert [one for one in found.problems if one.ended] == []


def test_a_destructor_that_crashes_is_a_remark(shelf):
    path = make(shelf, 9)
    found = scan(formats=["ladspa"])
    assert (ids(found), found.blocked) == (["good", "bad", "fine"], [])
    [problem] = [one for one in found.problems if one.ended]
    assert (problem.path, problem.phase, problem.ended) == (str(path), "unload", "crash")
    assert "died of SIGABRT when its library was unloaded" in problem.reason

"""A bundle whose library writes the list of its plugins (dynmanifest): the list stays open as long as an instance."""

import sys

import numpy as np
import pytest

from isobooth.client import load
from isobooth.scan.probe import probe
from packages.host.tests.lv2_bundles import PREFIXES, loaded, scanned
from tests.support import compile_plugin

URI = "urn:isobooth:dynamic"
SOURCE = r"""
#include <stdint.h>
#include <stdio.h>

static int opened;
static float *ports[2];
static void *make(const void *d, double rate, const char *path, const void *features) { return ports; }
static void connect(void *handle, uint32_t port, void *data) { ports[port] = data; }
static void run(void *handle, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++)
        ports[1][i] = opened ? -ports[0][i] : 0.0f;
}
static void nothing(void *handle) {}
static const struct {
    const char *uri;
    void *(*make)(const void *, double, const char *, const void *);
    void (*connect)(void *, uint32_t, void *);
    void (*activate)(void *);
    void (*run)(void *, uint32_t);
    void (*deactivate)(void *);
    void (*cleanup)(void *);
    const void *(*extension)(const char *);
} plugin = {"urn:isobooth:dynamic", make, connect, nothing, run, nothing, nothing, 0};

const void *lv2_descriptor(uint32_t index) { return index == 0 && opened ? &plugin : 0; }
int lv2_dyn_manifest_open(void **handle, const void *features) { opened++; *handle = &opened; return 0; }
void lv2_dyn_manifest_close(void *handle) { opened--; }
int lv2_dyn_manifest_get_subjects(void *handle, FILE *to)
{
    fprintf(to, "<urn:isobooth:dynamic> a <http://lv2plug.in/ns/lv2core#Plugin> .\n");
    return 0;
}
int lv2_dyn_manifest_get_data(void *handle, FILE *to, const char *uri)
{
    fprintf(to, "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
                "<%s> a lv2:Plugin ; lv2:binary <file://%s/dynamic.so> ;"
                " <http://usefulinc.com/ns/doap#name> \"Dynamic\" ; lv2:port"
                " [ a lv2:InputPort, lv2:AudioPort ; lv2:index 0 ; lv2:symbol \"in\" ; lv2:name \"In\" ] ,"
                " [ a lv2:OutputPort, lv2:AudioPort ; lv2:index 1 ; lv2:symbol \"out\" ; lv2:name \"Out\" ] .\n",
            uri, FOLDER);
    return 0;
}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    made = tmp_path / "dynamic.lv2"
    made.mkdir()
    compile_plugin(SOURCE, made / "dynamic.so", f'-DFOLDER="{made}"')
    (made / "manifest.ttl").write_text(
        "@prefix dman: <http://lv2plug.in/ns/ext/dynmanifest#> .\n"
        + PREFIXES
        + "<urn:isobooth:list> a dman:DynManifest ; lv2:binary <dynamic.so> .\n"
    )
    if not scanned(made).plugins:
        pytest.skip("this liblilv was built without dynamic manifests")
    return made


def test_it_is_described(folder):
    report = scanned(folder)
    assert report.errors == []
    assert [(one.id, one.name, len(one.buses)) for one in report.plugins] == [(URI, "Dynamic", 2)]


def test_what_it_says_before_it_dies_is_told(folder):
    last = 'fputs("I die of a whim\\n", stderr); __builtin_trap();'
    dies = SOURCE.replace('fprintf(to, "<urn', f'{last} fprintf(to, "<urn')
    compile_plugin(dies, folder / "dynamic.so", f'-DFOLDER="{folder}"')
    result = probe([sys.executable, "-m", "isobooth.host"], "lv2", folder, timeout=30)
    [error] = result.errors
    assert error.ended == "crash"
    assert error.reason.endswith("it printed: I die of a whim")


def test_who_complains_without_end_is_heard_for_a_while(folder):
    prints = 'for (int i = 0; i < 400000; i++) fprintf(stderr, "%d\\n", i);'
    talks = SOURCE.replace('fprintf(to, "<urn', f'{prints} fprintf(to, "<urn')
    compile_plugin(talks, folder / "dynamic.so", f'-DFOLDER="{folder}"')
    report = scanned(folder)
    assert [one.id for one in report.plugins] == [URI]
    assert [one.reason for one in report.warnings][:3] == ["0", "1", "2"]
    assert report.warnings[-1].reason.endswith("more lines of the kind")


def test_the_list_is_open_while_the_plugin_plays(folder):
    audio = np.linspace(-1, 1, 1000, dtype=np.float32)[None]
    with load(f"lv2:{folder}") as plugin:
        assert np.array_equal(plugin.process(audio), -audio)


def test_it_is_closed_with_the_instance(folder):
    plugin = loaded(folder, URI)
    assert plugin.world is not None
    plugin.close()
    assert not plugin.world.pointer

"""A bundle whose library writes the list of its plugins (dynmanifest): the list stays open as long as an instance."""

import numpy as np
import pytest

from isobooth.client import load
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


def test_the_list_is_open_while_the_plugin_plays(folder):
    audio = np.linspace(-1, 1, 1000, dtype=np.float32)[None]
    with load(f"lv2:{folder}") as plugin:
        assert np.array_equal(plugin.process(audio), -audio)


def test_it_is_closed_with_the_instance(folder):
    plugin = loaded(folder, URI)
    assert plugin.world is not None
    plugin.close()
    assert not plugin.world.pointer

"""What a plugin is given before it plays (lv2core, options, state): the plugin lv2_visitor writes it down."""

import shutil

import cffi
import numpy as np
import pytest

from isobooth.client import load
from isobooth.host._core import ffi
from isobooth.host.plugin import Activation
from packages.host.tests.ladspa_player import build
from packages.host.tests.lv2_bundles import bundle, loaded

BUF_SIZE = "http://lv2plug.in/ns/ext/buf-size#"
ATOM = "http://lv2plug.in/ns/ext/atom#"
URI = "urn:visitor"
PORTS = (
    'a lv2:InputPort, lv2:ControlPort ; lv2:symbol "gain" ; lv2:name "Gain" ; lv2:default 0.25',
    (
        'a lv2:InputPort, lv2:ControlPort ; lv2:symbol "odd" ; lv2:name "Odd" ; lv2:default "nan"^^xsd:float ;'
        " lv2:minimum 2.0 ; lv2:maximum 3.0"
    ),
    (
        'a lv2:InputPort, lv2:CVPort ; lv2:symbol "maybe" ; lv2:name "Maybe" ; lv2:default 0.0 ;'
        " lv2:portProperty lv2:connectionOptional"
    ),
    'a lv2:AudioPort, lv2:OutputPort ; lv2:symbol "out" ; lv2:name "Out"',
)
ABOUT = (
    "lv2:requiredFeature opts:options, bufsz:boundedBlockLength, state:loadDefaultState ;"
    " lv2:extensionData state:interface ; state:state [ <urn:visitor:number> 7 ]"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build("lv2_visitor", tmp_path_factory.mktemp("visitor"))


@pytest.fixture
def folder(library, tmp_path):
    made = bundle(tmp_path / "visit me.lv2", *PORTS, about=ABOUT, uri=URI, binary="lv2_visitor.so")
    shutil.copy(library, made)
    return made


own = cffi.FFI()
own.cdef("extern char visitor_said[16384];")


def opened(folder):
    """The plugin's library, while it is loaded or not."""
    return own.dlopen(str(folder / "lv2_visitor.so"))


def said(folder):
    """The lines that it has written; while it is loaded."""
    return own.string(opened(folder).visitor_said).decode().splitlines()


def test_what_it_is_given_in_instantiate(folder):
    plugin = loaded(folder, URI, sample_rate=44100.0, block_size=100)
    lines = said(folder)
    assert lines[:2] == [f"bundle {folder}/", "rate 44100"]
    features = {line.split()[1] for line in lines if line.startswith("feature")}
    assert {f"{BUF_SIZE}boundedBlockLength", "http://lv2plug.in/ns/ext/options#options"} <= features
    options = {line.split()[1]: line.split()[2:] for line in lines if line.startswith("option")}
    assert options["http://lv2plug.in/ns/ext/parameters#sampleRate"] == [f"{ATOM}Float", "4", "44100"]
    assert options[f"{BUF_SIZE}minBlockLength"] == [f"{ATOM}Int", "4", "1"]
    assert options[f"{BUF_SIZE}maxBlockLength"] == [f"{ATOM}Int", "4", "100"]
    assert options[f"{BUF_SIZE}nominalBlockLength"] == [f"{ATOM}Int", "4", "100"]
    assert int(options[f"{BUF_SIZE}sequenceSize"][2]) >= 4096
    plugin.close()


def test_the_state_of_its_data_files_comes_before_it_plays(folder):
    plugin = loaded(folder, URI)
    plugin.activate(Activation(sample_rate=48000.0, min_frames=1, max_frames=64, sample_bytes=4, offline=False))
    plugin.deactivate()
    lines = said(folder)
    assert lines.count(f"restore 7 {ATOM}Int") == 1
    assert lines.index(f"restore 7 {ATOM}Int") < lines.index("activate gain 0.25 odd 2")
    plugin.close()


def test_whoever_saves_and_restores_has_a_handle(folder):
    """LSP's plugins take NULL for a host that has no state, and keep nothing."""
    plugin = loaded(folder, URI)
    plugin.load_state(plugin.save_state())
    lines = said(folder)
    assert "save with a handle" in lines
    assert lines.count("restore -1 -") == 1
    assert not any("without" in line for line in lines)
    plugin.close()


def test_without_default_a_control_has_a_value_in_its_range(folder):
    plugin = loaded(folder, URI)
    assert plugin.values() == {0: 0.25, 1: 2.0}
    plugin.close()


def test_what_it_was_given_stays_as_it_is(folder):
    plugin = loaded(folder, URI)
    plugin.activate(Activation(sample_rate=48000.0, min_frames=1, max_frames=64, sample_bytes=4, offline=False))
    out, maybe = ffi.new("float[64]"), ffi.new("float[64]")
    descriptor, handle = plugin._lv2.descriptor, plugin._lv2.handle
    for number, area in ((2, maybe), (3, out)):
        descriptor.connect_port(handle, number, area)
    descriptor.run(handle, 64)
    plugin.deactivate()
    library = opened(folder)
    plugin.close()
    lines = own.string(library.visitor_said).decode().splitlines()
    assert "run the same" in lines
    assert lines[-1] == "cleanup"


@pytest.mark.real_plugin
def test_in_a_booth_it_plays(folder):
    with load(f"lv2:{folder}#{URI}", sample_rate=48000) as plugin:
        assert not plugin.process(np.ones((1, 100), np.float32)).any()

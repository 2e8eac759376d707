"""What is said of an LV2 plugin comes from its data files alone: none of these bundles has a library."""

import os

import pytest

from isobooth.host.formats.lv2 import lilv
from isobooth.host.formats.lv2.read import read_plugin
from isobooth.host.formats.lv2.world import World
from isobooth.host.registry import find_format
from isobooth.protocol.errors import PluginLoadError, PluginNotFound, UnsupportedFormat
from packages.host.tests.lv2_bundles import URI, bundle, loaded, scanned

IN, OUT = "a lv2:InputPort, lv2:ControlPort", "a lv2:OutputPort, lv2:ControlPort"
AUDIO_IN, AUDIO_OUT = "a lv2:InputPort, lv2:AudioPort", "a lv2:OutputPort, lv2:AudioPort"


def named(kind, symbol, *rest):
    return " ; ".join([kind, f'lv2:symbol "{symbol}"', f'lv2:name "{symbol.title()}"', *rest])


def describe(folder, *ports, **more):
    report = scanned(bundle(folder, *ports, **more))
    assert report.errors == []
    return report.plugins[0]


def one_parameter(folder, *rest, kind=IN):
    return describe(folder, named(kind, "x", *rest)).parameters[0]


@pytest.fixture(autouse=True)
def no_other_presets(tmp_path, monkeypatch):
    monkeypatch.setenv("LV2_PATH", str(tmp_path))


def test_the_plugin_itself(tmp_path):
    about = (
        'a lv2:CompressorPlugin ; doap:license <http://opensource.org/licenses/isc> ; rdfs:comment "Squeezes." ;'
        " lv2:minorVersion 3 ; lv2:microVersion 4 ; lv2:optionalFeature lv2:hardRTCapable, lv2:inPlaceBroken ;"
        ' doap:maintainer [ foaf:name "Somebody" ; foaf:homepage <http://example.org/> ] ; ui:ui <urn:some:ui>'
    )
    found = describe(tmp_path / "t.lv2", named(AUDIO_IN, "in"), named(AUDIO_OUT, "out"), about=about)
    assert (found.id, found.path, found.name) == (URI, str(tmp_path / "t.lv2"), "Test")
    assert (found.vendor, found.url, found.version) == ("Somebody", "http://example.org/", "3.4")
    assert found.licence == "http://opensource.org/licenses/isc"
    assert found.description == "Squeezes."
    assert found.features == ["audio-effect", "compressor", "mono"]
    assert found.is_hard_realtime
    assert found.is_in_place_broken
    assert found.has_gui
    assert found.has_state
    assert found.latency == 0
    assert [bus.in_place_pair for bus in found.buses] == [None, None]


def test_texts_do_not_depend_on_the_language(tmp_path, monkeypatch):
    names = 'lv2:name "Gain"@en, "Verstärkung"@de, "Plain"'
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    found = describe(tmp_path / "t.lv2", f'{IN} ; lv2:symbol "g" ; {names} ; lv2:minimum 0 ; lv2:maximum 1')
    assert found.parameters[0].name == "Plain"
    assert os.environ["LANG"] == "de_DE.UTF-8"


def test_a_range_with_a_unit(tmp_path):
    found = one_parameter(tmp_path / "t.lv2", "lv2:minimum -90.0", "lv2:maximum 24", "units:unit units:db")
    assert (found.minimum, found.maximum, found.default, found.unit) == (-90.0, 24.0, 0.0, "dB")
    assert (found.id, found.identifier, found.name, found.steps) == (0, "x", "X", 0)
    assert found.is_automatable
    assert found.is_modulatable


def test_a_unit_of_the_plugins_own(tmp_path):
    unit = 'units:unit [ a units:Unit ; rdfs:label "furlongs" ; units:symbol "fur" ; units:render "%f fur" ]'
    assert one_parameter(tmp_path / "t.lv2", "lv2:minimum 0", "lv2:maximum 9", unit).unit == "fur"


def test_numbers_are_what_is_written_not_what_a_float_makes_of_them(tmp_path):
    found = one_parameter(tmp_path / "t.lv2", "lv2:minimum 0.10000000149", "lv2:maximum 1", "lv2:default 0.3")
    assert (found.minimum, found.default) == (0.1, 0.3)


@pytest.mark.parametrize(("default", "expected"), [("0.25", 12000.0), ("440", 440.0), ("0", 0.0)])
def test_bounds_in_multiples_of_the_sample_rate(tmp_path, default, expected):
    rest = ("lv2:minimum 0", "lv2:maximum 0.5", f"lv2:default {default}", "lv2:portProperty lv2:sampleRate")
    found = one_parameter(tmp_path / "t.lv2", *rest)
    assert (found.minimum, found.maximum, found.default) == (0.0, 24000.0, expected)


def test_kinds_of_numbers(tmp_path):
    def with_properties(*names):
        name = f"{'-'.join(names).replace(':', '_')}.lv2"
        rest = ("lv2:minimum 1", "lv2:maximum 4", "lv2:default 2", f"lv2:portProperty {', '.join(names)}")
        return one_parameter(tmp_path / name, *rest)

    assert with_properties("lv2:integer").steps == 4
    assert with_properties("lv2:integer").is_integer
    switch = with_properties("lv2:toggled")
    assert (switch.is_toggled, switch.minimum, switch.maximum, switch.default, switch.steps) == (True, 0, 1, 1, 2)
    assert with_properties("pprops:logarithmic").is_logarithmic
    assert not with_properties("pprops:notAutomatic").is_automatable
    assert not with_properties("pprops:expensive").is_automatable
    assert with_properties("pprops:notOnGUI").is_hidden
    assert not with_properties("pprops:trigger").is_modulatable


def test_a_logarithmic_range_down_to_0_is_a_linear_one(tmp_path):
    rest = ("lv2:minimum 0", "lv2:maximum 4", "lv2:portProperty pprops:logarithmic")
    assert not one_parameter(tmp_path / "t.lv2", *rest).is_logarithmic


def test_scale_points_name_values_and_give_missing_bounds(tmp_path):
    points = 'lv2:scalePoint [ rdfs:label "Loud" ; rdf:value 2 ] , [ rdfs:label "Quiet" ; rdf:value 0 ]'
    found = one_parameter(tmp_path / "t.lv2", points, "lv2:portProperty lv2:enumeration")
    assert [(one.value, one.label) for one in found.values] == [(0.0, "Quiet"), (2.0, "Loud")]
    assert (found.minimum, found.maximum, found.steps) == (0.0, 2.0, 2)
    assert found.is_enumeration
    assert found.is_integer


def test_odd_ranges_are_told(tmp_path):
    ports = (
        named(IN, "open"),
        named(IN, "turned", "lv2:minimum 5", "lv2:maximum 1"),
        named(IN, "outside", "lv2:minimum 0", "lv2:maximum 1", "lv2:default 7"),
        named(IN, "nan", "lv2:minimum 0", "lv2:maximum 1", 'lv2:default "nan"^^xsd:float'),
    )
    report = scanned(bundle(tmp_path / "t.lv2", *ports))
    free, turned, outside, nan = report.plugins[0].parameters
    assert free.minimum < 0 < free.maximum
    assert (turned.minimum, turned.maximum) == (1.0, 5.0)
    assert outside.default == 1.0
    assert nan.default == 0.0
    reasons = "\n".join(one.reason for one in report.warnings)
    for word in ("missing", "swapped", "outside"):
        assert word in reasons


def test_outputs_bypass_and_latency(tmp_path):
    ports = (
        named(IN, "on", "lv2:designation lv2:enabled", "lv2:portProperty lv2:toggled", "lv2:default 1"),
        named(OUT, "meter", "lv2:minimum 0", "lv2:maximum 1"),
        named(OUT, "delay", "lv2:portProperty lv2:reportsLatency"),
        named(IN, "offline", "lv2:designation lv2:freeWheeling", "lv2:portProperty lv2:toggled"),
    )
    found = describe(tmp_path / "t.lv2", *ports)
    on, meter, delay = found.parameters
    assert on.is_bypass
    assert meter.is_output
    assert not meter.is_automatable
    assert delay.is_hidden
    assert delay.unit == "frames"
    assert found.latency is None


def test_without_groups_all_audio_is_one_bus_and_side_chains_another(tmp_path):
    ports = (
        named(AUDIO_IN, "key", "lv2:portProperty lv2:isSideChain"),
        named(AUDIO_IN, "left"),
        named(AUDIO_IN, "right"),
        named(AUDIO_OUT, "out_left"),
        named(AUDIO_OUT, "out_right"),
    )
    found = [
        (b.direction, b.channels, b.layout, b.is_main, b.in_place_pair) for b in describe(tmp_path / "t", *ports).buses
    ]
    assert found == [
        ("input", 2, "stereo", True, 0),
        ("input", 1, "mono", False, None),
        ("output", 2, "stereo", True, 0),
    ]


def test_groups_are_buses(tmp_path):
    def grouped(kind, symbol, group, side):
        return named(kind, symbol, f"pg:group <urn:g:{group}>", f"lv2:designation pg:{side}")

    ports = (
        grouped(AUDIO_IN, "side_r", "side", "right"),
        grouped(AUDIO_IN, "side_l", "side", "left"),
        grouped(AUDIO_IN, "main_l", "main", "left"),
        grouped(AUDIO_IN, "main_r", "main", "right"),
        named(AUDIO_OUT, "out"),
        named("a lv2:InputPort, lv2:CVPort", "cv"),
    )
    groups = (
        '<urn:g:main> a pg:StereoGroup, pg:InputGroup ; lv2:name "Main" ; lv2:symbol "main" .\n'
        '<urn:g:side> a pg:StereoGroup ; lv2:name "Key" ; lv2:symbol "side" ; pg:sideChainOf <urn:g:main> .\n'
    )
    found = describe(tmp_path / "t.lv2", *ports, about="pg:mainInput <urn:g:main>", more=groups)
    described = [(bus.name, bus.direction, bus.channels, bus.layout, bus.is_main) for bus in found.buses]
    assert described == [
        ("Main", "input", 2, "stereo", True),
        ("Key", "input", 2, "stereo", False),
        ("Cv", "input", 1, "cv", False),
        ("output", "output", 1, "mono", True),
    ]


def test_ports_of_events(tmp_path):
    atom = "a lv2:InputPort, atom:AtomPort ; atom:bufferType atom:Sequence ; atom:supports"
    ports = (
        named(f"{atom} patch:Message", "control"),
        named(f"{atom} midi:MidiEvent", "notes"),
        named("a lv2:InputPort, ev:EventPort ; ev:supportsEvent midi:MidiEvent", "old"),
    )
    found = describe(tmp_path / "t.lv2", *ports).note_ports
    assert [(one.index, one.name, one.id, one.dialects) for one in found] == [
        (0, "Notes", 1, ["midi"]),
        (1, "Old", 2, ["midi"]),
    ]


def test_properties_that_are_numbers_are_parameters(tmp_path):
    about = "patch:writable <urn:p:depth>, <urn:p:file>, <urn:p:on> ; patch:readable <urn:p:level>"
    more = (
        '<urn:p:depth> rdfs:label "Depth" ; rdfs:range atom:Int ; lv2:minimum 1 ; lv2:maximum 9 ; lv2:default 5 .\n'
        '<urn:p:file> rdfs:label "File" ; rdfs:range atom:Path .\n<urn:p:on> rdfs:range atom:Bool .\n'
        "<urn:p:level> rdfs:range atom:Float ; lv2:minimum 0.0 ; lv2:maximum 1.0 .\n"
    )
    gain = named(IN, "gain", "lv2:minimum 0", "lv2:maximum 1")
    found = describe(tmp_path / "t.lv2", gain, about=about, more=more).parameters
    assert [(one.id, one.identifier, one.is_output) for one in found] == [
        (0, "gain", False),
        (1, "urn_p_depth", False),
        (2, "urn_p_level", True),
        (3, "urn_p_on", False),
    ]
    depth = found[1]
    assert (depth.name, depth.minimum, depth.maximum, depth.default, depth.is_integer) == ("Depth", 1, 9, 5, True)
    assert found[3].is_toggled


def test_lsps_properties_have_the_names_that_its_libraries_know(tmp_path):
    """Its data files leave the plugin out of them."""
    more = '<http://lsp-plug.in//ports#ifn> a lv2:Parameter ; rdfs:label "Impulse file" ; rdfs:range atom:Float .\n'
    made = bundle(tmp_path / "x.lv2", about="patch:writable <http://lsp-plug.in//ports#ifn>", more=more)
    with World() as world:
        world.load_bundle(str(made))
        (found,) = read_plugin(world, URI, world.plugins()[URI]).properties
    assert (found.uri, found.name) == (f"{URI}/ports#ifn", "Impulse file")


def test_presets_of_the_bundle_and_of_others(tmp_path):
    own = f'<urn:pre:own> a pset:Preset ; lv2:appliesTo <{URI}> ; rdfs:label "Own" ; pset:bank <urn:bank> .\n'
    own += '<urn:bank> a pset:Bank ; rdfs:label "Bank" .\n'
    other = f"<urn:pre:other> a pset:Preset ; lv2:appliesTo <{URI}> ; rdfs:seeAlso <other.ttl> .\n"
    folder = bundle(tmp_path / "x" / "other.lv2", uri="urn:another", manifest=other)
    (folder / "other.ttl").write_text('<urn:pre:other> <http://www.w3.org/2000/01/rdf-schema#label> "Other" .\n')
    folder.rename(tmp_path / "other.lv2")
    found = describe(tmp_path / "t.lv2", manifest=own).presets
    assert [(one.id, one.name, one.bank) for one in found] == [
        ("urn:pre:other", "Other", ""),
        ("urn:pre:own", "Own", "Bank"),
    ]


# -- what cannot be described -----------------------------------------------------------------------------------------


def test_what_is_no_bundle_is_told(tmp_path):
    with pytest.raises(PluginNotFound, match="there is no LV2 bundle"):
        scanned(tmp_path / "nothing.lv2")
    (tmp_path / "empty.lv2").mkdir()
    with pytest.raises(PluginLoadError, match=r"no manifest\.ttl"):
        scanned(tmp_path / "empty.lv2")


def test_broken_turtle_becomes_a_warning_and_spoils_no_other_plugin(tmp_path):
    good = "<urn:good> a lv2:Plugin ; lv2:binary <good.so> ; rdfs:seeAlso <good.ttl> .\n"
    folder = bundle(tmp_path / "t.lv2", manifest=good)
    (folder / "plugin.ttl").write_text("<urn:isobooth:test> this is no Turtle")
    (folder / "good.ttl").write_text('<urn:good> <http://usefulinc.com/ns/doap#name> "Good" .\n')
    report = scanned(folder)
    assert "Good" in [one.name for one in report.plugins]
    assert any("plugin.ttl" in one.reason for one in report.warnings)


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        ('a lv2:InputPort, lv2:ControlPort ; lv2:name "X"', "no lv2:symbol"),
        ('a lv2:ControlPort ; lv2:symbol "x"', "neither an input and an output"),
    ],
)
def test_a_port_that_cannot_be_used_is_an_error_of_its_plugin(tmp_path, port, reason):
    report = scanned(bundle(tmp_path / "t.lv2", port))
    assert report.plugins == []
    assert report.errors[0].plugin_id == URI
    assert reason in report.errors[0].reason


@pytest.mark.parametrize(
    ("about", "ports", "named_uri"),
    [
        ("lv2:requiredFeature <urn:what:feature>", (), "urn:what:feature"),
        ("opts:requiredOption <urn:what:option>", (), "urn:what:option"),
        ("lv2:requiredFeature opts:options", (named("a lv2:InputPort, <urn:what:Port>", "odd"),), "urn:what:Port"),
        (
            "lv2:requiredFeature opts:options",
            (named("a lv2:InputPort, atom:AtomPort ; atom:bufferType atom:Sound", "odd"),),
            "http://lv2plug.in/ns/ext/atom#Sound",
        ),
    ],
)
def test_what_this_host_lacks_is_named_before_anything_is_loaded(tmp_path, about, ports, named_uri):
    folder = bundle(tmp_path / "t.lv2", *ports, about=about)
    with pytest.raises(PluginLoadError) as caught:
        loaded(folder)
    assert named_uri in str(caught.value)
    assert caught.value.plugin_id == URI
    assert any(named_uri in one.reason for one in scanned(folder).warnings)


def test_a_port_of_an_unknown_kind_may_be_optional(tmp_path):
    odd = named("a lv2:InputPort, <urn:what:Port>", "odd", "lv2:portProperty lv2:connectionOptional")
    with pytest.raises(PluginLoadError, match=r"no\.so"):  # it gets as far as the library, which is not there
        loaded(bundle(tmp_path / "t.lv2", odd))


def test_without_liblilv_the_format_is_unavailable_and_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(lilv, "SONAMES", ("libisobooth-nowhere.so.0",))
    lilv.lilv.cache_clear()
    with pytest.raises(UnsupportedFormat) as caught:
        find_format("lv2").scan(str(bundle(tmp_path / "t.lv2")), None)
    lilv.lilv.cache_clear()
    for word in ("liblilv", "liblilv-0-0", "Fedora", "Arch", "libisobooth-nowhere.so.0"):
        assert word in str(caught.value)

"""What RDF files say of LADSPA plugins: read, believed where it fits, and heard."""

import os
import subprocess
import sys

import msgspec
import pytest

from isobooth.host.formats.ladspa import rdf
from isobooth.host.formats.ladspa.categories import features_of
from isobooth.host.formats.ladspa.plugin import load, scan
from isobooth.host.formats.ladspa.rdf import RDF, TYPE, RdfError, Statement, read_rdf
from isobooth.host.formats.port_texts import text_value, value_text
from isobooth.protocol.descriptors import EnumValue, ParameterInfo, ScanReport
from packages.host.tests.ladspa_player import build, real, request

GAIN, STEP, SWITCH, PITCH = 2, 3, 4, 5
HEAD = """<?xml version='1.0' encoding='ISO-8859-1'?>
<!DOCTYPE rdf:RDF [
  <!ENTITY rdf 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
  <!ENTITY ladspa 'http://ladspa.org/ontology#'>
]>
<rdf:RDF xmlns:rdf="&rdf;" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
         xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ladspa="&ladspa;">
"""
LADSPA = "http://ladspa.org/ontology#"


def document(*parts):
    return (HEAD + "\n".join(parts) + "</rdf:RDF>").encode("latin-1")


def port(number, kind="InputControlPort", more="", inner=""):
    return f'<ladspa:{kind} rdf:about="&ladspa;{number}" {more}>{inner}</ladspa:{kind}>'


def scale(**points):
    inner = "".join(
        f'<ladspa:hasPoint><ladspa:Point rdf:value="{value}" ladspa:hasLabel="{name}"/></ladspa:hasPoint>'
        for name, value in points.items()
    )
    return f"<ladspa:hasScale><ladspa:Scale>{inner}</ladspa:Scale></ladspa:hasScale>"


def setting(kind, **values):
    inner = "".join(
        f'<ladspa:hasPortValue><ladspa:PortValue rdf:value="{value}">'
        f'<ladspa:forPort rdf:resource="&ladspa;{number.strip("p").replace("_", ".")}"/></ladspa:PortValue>'
        "</ladspa:hasPortValue>"
        for number, value in values.items()
    )
    return f"<ladspa:hasSetting><ladspa:{kind}>{inner}</ladspa:{kind}></ladspa:hasSetting>"


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    return build("ladspa_witness", tmp_path_factory.mktemp("rdf"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for RDF files, the only one that counts."""
    monkeypatch.setenv("LADSPA_RDF_PATH", f"{tmp_path}/none::{tmp_path}")
    return tmp_path


def described(path):
    report = ScanReport(format="ladspa", path=str(path))
    scan(str(path), report)
    return report


def warned(report, plugin_id="witness"):
    return [w.reason for w in report.warnings if w.plugin_id == plugin_id]


# -- the file -------------------------------------------------------------------------------------------------------


def test_statements_of_all_ways_to_write_them():
    found = read_rdf(
        document(
            '<ladspa:DelayPlugin rdf:about="&ladspa;1"><dc:title>A &lt;b&gt;</dc:title>'
            '<ladspa:hasPort rdf:resource="&ladspa;1.0"/></ladspa:DelayPlugin>',
            '<rdf:Description rdf:about="&ladspa;1"><rdf:type rdf:resource="&ladspa;X"/></rdf:Description>',
            '<rdf:Description rdf:nodeID="n" ladspa:hasLabel="text"/>',
            '<rdf:Description rdf:ID="here"><ladspa:a rdf:parseType="Resource"><ladspa:b>c</ladspa:b></ladspa:a>'
            "</rdf:Description>",
        )
    )
    blank = next(one.object for one in found if one.predicate == LADSPA + "a")
    assert blank.startswith("_:")
    assert found == [
        Statement(LADSPA + "1", TYPE, LADSPA + "DelayPlugin", is_literal=False),
        Statement(LADSPA + "1", "http://purl.org/dc/elements/1.1/title", "A <b>", is_literal=True),
        Statement(LADSPA + "1", LADSPA + "hasPort", LADSPA + "1.0", is_literal=False),
        Statement(LADSPA + "1", TYPE, LADSPA + "X", is_literal=False),
        Statement("_:n", LADSPA + "hasLabel", "text", is_literal=True),
        Statement("#here", LADSPA + "a", blank, is_literal=False),
        Statement(blank, LADSPA + "b", "c", is_literal=True),
    ]


def test_only_what_is_asked_for_is_read():
    found = read_rdf(document(port("1.0"), port("2.0")), lambda text: text.endswith("#2.0"))
    assert {one.subject for one in found} == {LADSPA + "2.0"}


def test_addresses_are_relative_to_the_base():
    text = (
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:l="{LADSPA}" xml:base="{LADSPA}">'
        '<l:Plugin rdf:about="#7"><l:hasPort rdf:resource="#7.0"/></l:Plugin></rdf:RDF>'
    )
    assert read_rdf(text.encode())[1] == Statement(LADSPA + "7", LADSPA + "hasPort", LADSPA + "7.0", is_literal=False)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not RDF/XML"),
        (b"@prefix ladspa: <http://ladspa.org/ontology#> .", "not RDF/XML"),
        (document(port("1.0"))[:-20], "not RDF/XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "nonsense"),
        (b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>', "'z'"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "not fetched"),
        (b'<!DOCTYPE a [<!ENTITY % x "y">]><a/>', "'x'"),
        (b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 300 + b'">]><a>&x;</a>', "short text"),
        (b"<a>" * 5000 + b"</a>" * 5000, "nests"),
        (b"<a>" + b" " * rdf.MOST_BYTES + b"</a>", "bytes"),
    ],
)
def test_files_that_are_not_read(data, reason):
    with pytest.raises(RdfError, match=reason):
        read_rdf(data)


# -- what it says of a plugin ---------------------------------------------------------------------------------------


def test_a_plugin_with_everything(witness, folder):
    plugin = (
        '<ladspa:WarpPlugin rdf:about="&ladspa;101"><dc:title>Better</dc:title><dc:rights>Free</dc:rights>'
        + setting("Preset", p101_2="4")
        + setting("Default", p101_2="3", p101_3="2")
        + "</ladspa:WarpPlugin>"
    )
    ports = [
        port("101.2", more='ladspa:hasLabel="gain"', inner='<ladspa:hasUnits rdf:resource="&ladspa;dB"/>'),
        port("101.3", inner=scale(saw=0, sine=1, square=2, noise=3)),
        port("101.0", "InputAudioPort"),
    ]
    (folder / "one.rdf").write_bytes(document(plugin, *ports))
    above = (
        '<rdfs:Class rdf:about="&ladspa;WarpPlugin"><rdfs:subClassOf rdf:resource="&ladspa;PitchPlugin"/></rdfs:Class>'
    )
    (folder / "classes.rdfs").write_bytes(document(above))
    report = described(witness)
    found = report.plugins[0]
    assert warned(report) == []
    assert (found.name, found.description, found.licence) == ("Witness", "Better", "Free")
    assert found.features == ["audio-effect", "mono", "warp", "pitch-shifter"]
    by_id = {info.id: info for info in found.parameters}
    assert (by_id[GAIN].name, by_id[GAIN].unit) == ("Gain", "dB")
    assert (by_id[GAIN].default, by_id[STEP].default) == (1, 0)  # the plugin's own hints say so
    assert by_id[STEP].is_enumeration
    assert [value.label for value in by_id[STEP].values] == ["saw", "sine", "square", "noise"]
    assert described(witness).plugins[1].features == ["audio-effect", "mono"]  # nothing is said of the others


def test_a_default_where_the_plugin_has_none(folder):
    path = real("delay_1898.so")
    (folder / "one.rdf").write_bytes(
        document(
            '<ladspa:DelayPlugin rdf:about="&ladspa;1898">'
            + setting("Default", p1898_2="0.25", p1898_3="-1")
            + "</ladspa:DelayPlugin>",
            port("1898.0", "InputAudioPort"),
            port("1898.2"),
            port("1898.3"),
        )
    )
    instance = load(request(path, "delay_n"))
    assert [instance.values()[number] for number in (2, 3)] == [0.25, 0]  # -1 is outside the bounds
    instance.close()


def test_a_file_that_counts_from_one(witness, folder):
    named = port("101.4", inner=scale(a=0, b=1, c=2, d=3))
    (folder / "one.rdf").write_bytes(document(port("101.1", "InputAudioPort"), port("101.2", "OutputAudioPort"), named))
    by_id = {info.id: info for info in described(witness).plugins[0].parameters}
    assert by_id[STEP].is_enumeration
    assert not by_id[SWITCH].values


def test_a_file_that_counts_from_zero_without_saying_it(witness, folder):
    (folder / "one.rdf").write_bytes(document(port("101.1", "OutputAudioPort"), port("101.3", inner=scale(a=0, b=1))))
    report = described(witness)
    by_id = {info.id: info for info in report.plugins[0].parameters}
    assert [value.label for value in by_id[STEP].values] == ["a", "b"]
    assert not by_id[STEP].is_enumeration  # not all of its values have a name
    assert warned(report) == []


def test_what_does_not_fit_is_left_out_and_told(witness, folder):
    (folder / "one.rdf").write_bytes(
        document(
            port("101.0", "InputAudioPort"),
            port("101.3", inner=scale(a=0, far=99, odd="x")),
            port("101.6", inner=scale(no=0)),
            port("101.77"),
        )
    )
    report = described(witness)
    by_id = {info.id: info for info in report.plugins[0].parameters}
    assert [value.label for value in by_id[STEP].values] == ["a"]
    assert not by_id[6].values
    said = " / ".join(warned(report))
    assert "'x' where a number is due, for port 101.3" in said
    assert "2 of the 4 ports" in said
    assert "outside the bounds, which do not count: 'Step'" in said


def test_a_file_called_like_the_library_may_know_plugins_by_label(witness, folder):
    plugin = '<ladspa:ReverbPlugin rdf:about="http://example.org/plugins#witness"/>'
    (folder / f"{witness.stem}.rdf").write_bytes(document(plugin))
    (folder / "other.rdf").write_bytes(document(plugin.replace("Reverb", "Gate")))
    assert described(witness).plugins[0].features == ["audio-effect", "mono", "reverb"]


def test_a_plugin_with_another_address_is_known_by_its_ports(witness, folder):
    held = f"<ladspa:hasPort>{port('101.2')}</ladspa:hasPort>"
    plugin = f'<ladspa:GatePlugin rdf:about="http://example.org/#else">{held}</ladspa:GatePlugin>'
    (folder / "one.rdf").write_bytes(document(plugin))
    assert described(witness).plugins[0].features == ["audio-effect", "mono", "gate"]


def test_a_broken_file_is_a_warning_to_the_plugins_that_it_mentions(witness, folder):
    (folder / "broken.rdf").write_bytes(document(port("101.2"))[:-10])
    (folder / "words.n3").write_text("ladspa:102 a ladspa:DelayPlugin .")
    (folder / "gone.rdf").symlink_to(folder / "nowhere")
    report = described(witness)
    assert [one.id for one in report.plugins][:2] == ["witness", "no_activate"]
    assert any("broken.rdf is not RDF/XML" in said for said in warned(report))
    assert any("words.n3 is not RDF/XML" in said for said in warned(report, "no_activate"))
    assert not any("RDF/XML" in said for said in warned(report, "refuses"))
    assert any("gone.rdf cannot be read: No such file" in said for said in warned(report, "refuses"))


def test_a_changed_file_is_read_again(witness, folder):
    plugin = '<ladspa:GatePlugin rdf:about="&ladspa;101"/>'
    (folder / "one.rdf").write_bytes(document(plugin.replace("101", "999")))
    assert described(witness).plugins[0].features == ["audio-effect", "mono"]
    (folder / "one.rdf").write_bytes(document(plugin))
    os.utime(folder / "one.rdf", ns=(1, 1))
    assert described(witness).plugins[0].features == ["audio-effect", "mono", "gate"]


@pytest.mark.parametrize(
    ("categories", "features"),
    [
        ([], []),
        (["DelayPlugin", "TimePlugin"], ["delay"]),
        (["LowpassPlugin", "FilterPlugin", "FrequencyPlugin"], ["filter", "lowpass"]),
        (["LimiterPlugin", "DynamicsPlugin", "AmplitudePlugin"], ["limiter"]),
        (["DynamicsPlugin", "AmplitudePlugin"], ["compressor", "dynamics"]),
        (["SpectralPlugin"], ["spectral"]),
        (["ReverseThingPlugin", "TimePlugin"], ["reverse-thing"]),
        (["PitchPlugin", "FrequencyPlugin"], ["pitch-shifter"]),
    ],
)
def test_features(categories, features):
    assert features_of(categories) == features


# -- values with names ----------------------------------------------------------------------------------------------


def test_values_are_written_and_understood_by_name():
    info = ParameterInfo(id=1, name="Wave", minimum=0.0, maximum=3.0, steps=4, is_integer=True)
    info.values = [EnumValue(value=float(i), label=label) for i, label in enumerate(("Saw", "3", "same", "Same"))]
    assert [value_text(info, value) for value in (0.0, 0.2, 1.0, 2.0, 3.0)] == ["Saw", "Saw", "1", "2", "3"]
    assert [text_value(info, text) for text in ("saw", " SAW ", "0", "3", "on")] == [0, 0, 0, 3, 1]


# -- real files -----------------------------------------------------------------------------------------------------


@pytest.mark.real_plugin
@pytest.mark.parametrize(
    ("file", "label", "features", "parameter", "labels"),
    [
        ("analogue_osc_1416.so", "analogueOsc", {"oscillator"}, 0, ["sine", "triangle", "square", "saw"]),
        ("tap_reverb.so", "tap_reverb", {"reverb", "audio-effect"}, 7, None),
        ("caps.so", "Noisegate", {"filter"}, 3, ["off", "global", "imperial"]),
        ("sc4_1882.so", "sc4", {"compressor", "stereo"}, 0, []),
    ],
)
def test_debians_files(monkeypatch, tmp_path, file, label, features, parameter, labels):
    """In another process: CAPS changes how the one computes that loads it."""
    monkeypatch.delenv("LADSPA_RDF_PATH", raising=False)
    command = [sys.executable, "-m", "isobooth.host", "--scan", "--format", "ladspa", "--path", str(real(file))]
    subprocess.run([*command, "--output", str(tmp_path / "report")], check=True, timeout=60)
    report = msgspec.json.decode((tmp_path / "report").read_bytes(), type=ScanReport)
    plugin = next(one for one in report.plugins if one.id == label)
    assert features <= set(plugin.features)
    info = next(info for info in plugin.parameters if info.id == parameter)
    if labels is None:
        assert len(info.values) == 43
        assert info.is_enumeration
    else:
        assert [value.label for value in info.values] == labels

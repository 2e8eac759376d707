"""States of LV2 plugins: kept bit by bit, with their files, movable."""

import shutil
import struct
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.client import NoteOn, load
from isobooth.host._core import ffi, lib
from isobooth.host.formats.lv2 import container, paths
from isobooth.host.formats.lv2.atoms import translate
from isobooth.host.formats.lv2.memory import uri_of, urid
from isobooth.host.formats.lv2.state import Numbering, State
from isobooth.protocol.descriptors import PresetInfo
from isobooth.protocol.errors import PluginError, StateError
from packages.host.tests.lv2_bundles import AMP, amp, loaded
from tests.support import real_plugin, until

ATOM = "http://lv2plug.in/ns/ext/atom#"
PARAMS = "http://lv2plug.in/plugins/eg-params"

pytestmark = pytest.mark.real_plugin


# -- numbers of URIs in stored data -----------------------------------------------------------------------------------


def atom(kind, body):
    return struct.pack("=II", len(body), urid(ATOM + kind)) + body + bytes(-len(body) % 8)


def test_numbers_inside_of_every_container_travel_as_uris():
    key, value = urid("urn:key"), urid("urn:value")
    number = atom("URID", struct.pack("=I", value))
    plain = atom("Int", struct.pack("=i", value))  # the same bits, but no number of a URI
    inner = struct.pack("=IIII", 0, urid("urn:class"), key, 0) + number
    bodies = {
        "URID": struct.pack("=I", value),
        "Literal": struct.pack("=II", value, 0) + b"text\0",
        "Tuple": number + plain,
        "Object": inner,
        "Vector": struct.pack("=IIII", 4, urid(f"{ATOM}URID"), key, value),
        "Sequence": struct.pack("=IIq", 0, 0, 17) + atom("Object", inner),
    }
    for kind, body in bodies.items():
        numbering = Numbering([])
        stored = translate(ATOM + kind, body, uri_of, numbering.place)
        assert len(stored) == len(body)
        assert "urn:value" in numbering.uris
        assert "urn:key" in numbering.uris or kind in {"URID", "Literal", "Tuple"}
        elsewhere = Numbering(list(numbering.uris))
        assert translate(ATOM + kind, stored, elsewhere.uri, elsewhere.number) == body


@pytest.mark.parametrize("kind", ["URID", "Object", "Tuple", "Vector", "Sequence", "Literal"])
def test_bodies_that_do_not_add_up_stay_as_they_are(kind):
    for body in (b"\1", b"\xff" * 11, struct.pack("=IIII", 0, 0, 1 << 30, 1)):
        assert len(translate(ATOM + kind, body, uri_of, lambda number: number)) == len(body)


# -- states -----------------------------------------------------------------------------------------------------------


def test_control_values_are_the_state_of_a_plugin_without_one(tmp_path):
    one, two = loaded(amp(tmp_path / "a.lv2")), loaded(amp(tmp_path / "b.lv2"))
    lib.ib_lv2_set(one._lv2, 0, -12.5)
    two.load_state(one.save_state())
    assert two.values() == {0: -12.5}
    content = msgspec.msgpack.decode(one.save_state())
    assert content["values"] == {"gain": -12.5}
    one.close()
    two.close()


def test_a_state_without_a_value_is_its_default_and_unknown_symbols_are_left_out(tmp_path):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    lib.ib_lv2_set(plugin._lv2, 0, 6.0)
    plugin.load_state(container.pack(container.Saved(tag=container.TAG, uri=AMP, values={"gone": 1.0})))
    assert plugin.values() == {0: 0.0}
    plugin.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"uri": "urn:another"}, "not of"),
        ({"tag": "isobooth-lv2-9"}, "upgrade"),
        ({"values": {"gain": float("nan")}}, "finite"),
        ({"values": "x"}, "not a state"),
        ({"files": [{"name": "files/0/x", "path": "/x", "data": b"1", "sha256": b"2"}]}, "damaged"),
    ],
)
def test_bad_states_are_refused_and_change_nothing(tmp_path, change, reason):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    lib.ib_lv2_set(plugin._lv2, 0, 3.0)
    good = msgspec.msgpack.decode(plugin.save_state())
    with pytest.raises(StateError, match=reason):
        plugin.load_state(msgspec.msgpack.encode({**good, **change}))
    with pytest.raises(StateError):
        plugin.load_state(b"\0junk")
    assert plugin.values() == {0: 3.0}
    plugin.close()


def test_every_type_of_property_survives():
    values = {"int": -7.0, "long": 2.0**40 + 1, "float": 0.375, "double": 0.1, "bool": 1.0}
    bundle = real_plugin("eg-params.lv2")
    with load(f"lv2:{bundle}") as one, load(f"lv2:{bundle}") as two:
        for name, value in values.items():
            one.parameters[name] = value
        one.process(frames=512)
        state = one.state
        two.state = state
        two.process(frames=512)
        two.refresh_values()
        assert {name: two.parameters[name].value for name in values} == values
        stored = {entry["key"]: entry for entry in msgspec.msgpack.decode(state)["stored"]}
    double = stored[f"{PARAMS}#double"]
    assert double["type"] == f"{ATOM}Double"
    assert struct.unpack("=d", double["data"]) == (0.1,)
    assert double["flags"] & 3 == 3


def sampler_wave(folder, level=0.75):
    soundfile = pytest.importorskip("soundfile")
    folder.mkdir(exist_ok=True)
    path = folder / "tone.wav"
    soundfile.write(path, np.full(48000, level, np.float32), 48000, subtype="FLOAT")
    return path


def heard(plugin):
    plugin.process(frames=2400)
    return abs(plugin.process(frames=2400, events=[NoteOn(60, time=0)])).max()


def wait_for_sample(plugin, level):
    return until(lambda: heard(plugin) == pytest.approx(level))


def test_a_sampler_gets_its_file_and_its_state_survives_the_loss_of_it(tmp_path):
    bundle = real_plugin("eg-sampler.lv2")
    folder = tmp_path / "samples"
    wave = sampler_wave(folder)
    with load(f"lv2:{bundle}") as plugin:
        plugin.load_preset(wave)
        assert wait_for_sample(plugin, 0.75)
        state = plugin.state
        plugin.save_preset(tmp_path / "kept.zip", name="Kept")
    folder.rename(tmp_path / "elsewhere")
    with load(f"lv2:{bundle}") as plugin:
        plugin.state = state
        assert wait_for_sample(plugin, 0.75)
        again = plugin.state
    with load(f"lv2:{bundle}") as plugin:
        plugin.load_preset(tmp_path / "kept.zip")
        assert wait_for_sample(plugin, 0.75)
    saved, twice = (msgspec.msgpack.decode(data) for data in (state, again))
    assert saved["files"][0]["data"] == twice["files"][0]["data"]
    assert saved["files"][0]["name"] == twice["files"][0]["name"] == "files/0/tone.wav"


def test_a_file_can_be_given_to_a_property_of_which_the_data_files_say_nothing(tmp_path):
    bundle = tmp_path / "undeclared.lv2"
    shutil.copytree(real_plugin("eg-sampler.lv2"), bundle)
    sample = "http://lv2plug.in/plugins/eg-sampler#sample"
    text = (bundle / "sampler.ttl").read_text()
    (bundle / "sampler.ttl").write_text(text.replace(f"patch:writable <{sample}> ,", "patch:writable"))
    wave = sampler_wave(tmp_path / "samples")
    with load(f"lv2:{bundle}") as plugin:
        with pytest.raises(PluginError, match="the property's URI"):
            plugin.load_preset(wave)
        plugin.load_preset(PresetInfo(id=sample, name="", path=str(wave)))
        assert wait_for_sample(plugin, 0.75)
        assert any("do not tell" in getattr(notice, "text", "") for notice in plugin.take_notices())


def test_files_that_a_plugin_made_go_with_it():
    plugin = loaded(real_plugin("eg-sampler.lv2"))
    made = plugin._paths.made("one/two.txt")
    assert Path(made).parent.is_dir()
    folder = plugin._paths.folder
    plugin.close()
    assert not Path(folder).exists()


def test_a_state_holds_only_so_much(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "MOST_FILE_BYTES", 1 << 20)
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(1 << 21))
    kept = paths.Paths(str(tmp_path / "x.lv2"))
    kept.job = job = paths.Job()
    assert kept.abstract(str(large)) == "files/0/large.bin"
    assert kept.abstract(str(large)) == "files/0/large.bin"
    with pytest.raises(StateError, match="large"):
        kept.read(job)
    kept.close()


@pytest.mark.parametrize(
    ("stores", "answer", "kept", "left_out"),
    [
        (((1, 0), (1, 1)), 0, ["urn:key1"], []),  # what the host cannot keep, and then something else instead
        (((1, 0), (2, 1)), 0, ["urn:key2"], ["its value of urn:key1 is no plain data, so that it cannot be kept"]),
        (((1, 0), (2, 1)), lib.IB_LV2_STATE_BAD_FLAGS, None, ["could not be saved: its value of urn:key1"]),
        (((0, 1), (2, 1)), 0, ["urn:key2"], ["stand for no URI"]),
    ],
)
def test_a_value_that_cannot_be_kept_fails_the_save_only_if_the_plugin_says_so(stores, answer, kept, left_out):
    plugin = loaded(real_plugin("eg-params.lv2"))
    answers = []

    @ffi.callback(ffi.typeof("struct ib_lv2_state_interface").fields[0][1].type)
    def save(_, store, state, __, ___):
        for number, flags in stores:
            key = urid(f"urn:key{number}") if number else 0
            answers.append(store(state, key, ffi.new("int *", 5), 4, urid(f"{ATOM}Int"), flags))
        return answer

    interface = ffi.new("struct ib_lv2_state_interface *", {"save": save})
    state = State(plugin._lv2, interface, plugin._paths, plugin._features.of_state, "Test", is_safe=True)
    if kept is None:
        with pytest.raises(StateError, match=left_out[0]):
            state.save([], paths.Job())
    else:
        assert [one.key for one in state.save([], paths.Job())] == kept
        assert len(state.refused) == len(left_out)
        assert all(text in found for text, found in zip(left_out, state.refused, strict=True))
    assert answers[0] in {lib.IB_LV2_STATE_BAD_FLAGS, lib.IB_LV2_STATE_BAD_TYPE}
    assert answers[1] == 0
    plugin.close()


def test_paths_in_the_bundle_are_the_plugins_own_wherever_it_is(tmp_path):
    kept = paths.Paths(str(tmp_path / "x.lv2"))
    kept.job = paths.Job()
    name = kept.abstract(str(tmp_path / "x.lv2" / "click.wav"))
    assert name == "bundle/click.wav"
    other = paths.Paths(str(tmp_path / "y.lv2"))
    assert other.absolute(name) == str(tmp_path / "y.lv2" / "click.wav")
    with pytest.raises(ValueError, match="leads out"):
        kept.made("../../x")
    kept.close()

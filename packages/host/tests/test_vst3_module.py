"""VST3 modules: bundles, entries, factories, class ids, and what is wrong with them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.elf import Architecture, our_architecture
from isobooth.host.formats.vst3 import bundle as bundles
from isobooth.host.formats.vst3.bundle import find_bundle, machine_folder
from isobooth.host.formats.vst3.factory import MOST_CLASSES
from isobooth.host.formats.vst3.features import features_of
from isobooth.host.formats.vst3.ids import normal_id
from isobooth.host.formats.vst3.module import _open, open_module
from isobooth.host.guess import guess_format
from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from tests.support import real_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_files import BROKEN, CONTROLLER, FULL, GOOD, bundle, foreign_library, module, traced

X86_64, ARM64 = 62, 183
ZAM_COMP = "2046504473616C63504D435A00000000"


@pytest.fixture
def scratch(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def trace(monkeypatch, tmp_path):
    monkeypatch.setenv("VST3_TRACE", str(tmp_path / "trace"))
    return tmp_path / "trace"


def classes_of(path):
    opened = open_module(str(path))
    try:
        return {one.id: one for one in opened.factory.classes}, opened.warnings
    finally:
        opened.release()


# -- where the binary is ----------------------------------------------------------------------------------------------


def test_a_bundle_and_everything_in_it_lead_to_its_library():
    root = real_plugin("ZamComp.vst3")
    binary = root / "Contents" / machine_folder() / "ZamComp.so"
    for path in (root, f"{root}/", root / "Contents", binary.parent, binary):
        found = find_bundle(str(path))
        assert (found.path, found.binary, found.info, found.warnings) == (str(root), str(binary), "", ())


def test_a_single_file_is_a_plugin_too(tmp_path, scratch):
    file = shutil.copy2(module(scratch), tmp_path / "Old.vst3")
    opened = open_module(str(file))
    assert opened.path == str(file)
    assert opened.pick(GOOD).name == "Good"
    opened.release()


def test_a_renamed_bundle_is_loaded_and_told(tmp_path, scratch):
    root = bundle(tmp_path, scratch).rename(tmp_path / "Mine.vst3")
    found = find_bundle(str(root))
    assert found.binary.endswith("/Test.so")
    assert found.warnings == (f"Contents/{machine_folder()} holds Test.so, not Mine.so as the bundle's name has it",)
    shutil.copy2(found.binary, Path(found.binary).with_name("Other.so"))
    with pytest.raises(PluginLoadError, match=r"holds 2 libraries for .* none is called Mine\.so: Other\.so, Test\.so"):
        find_bundle(str(root))


def test_a_bundle_for_other_machines_names_them(tmp_path):
    for folder in ("x86_64-win", "armv7l-linux", "MacOS", "Resources", "empty"):
        (tmp_path / "A.vst3" / "Contents" / folder).mkdir(parents=True)
        (tmp_path / "A.vst3" / "Contents" / folder / "A").touch()
    (tmp_path / "A.vst3" / "Contents" / "empty" / "A").unlink()
    with pytest.raises(PluginLoadError) as caught:
        find_bundle(str(tmp_path / "A.vst3"))
    assert f"without a build for this machine ({machine_folder()})" in str(caught.value)
    assert "it was built for MacOS, armv7l-linux, x86_64-win" in str(caught.value)
    assert caught.value.phase == "load"


def test_the_machine_is_named_as_the_bundles_name_it():
    names = {X86_64: "x86_64-linux", ARM64: "aarch64-linux"}
    assert machine_folder() == names.get(our_architecture().machine, machine_folder())


def test_a_bundle_on_arm(tmp_path, scratch, monkeypatch):
    """As if this were another machine: the folder is that machine's, and what is in ours does not count."""
    root = bundle(tmp_path, scratch)
    ours = machine_folder()
    monkeypatch.setattr(bundles, "our_architecture", lambda: Architecture(ARM64, 64, "<"))
    assert machine_folder() == "aarch64-linux"
    with pytest.raises(PluginLoadError, match=rf"without a build for this machine \(aarch64-linux\).*{ours}"):
        find_bundle(str(root))
    binary = root / "Contents" / "aarch64-linux" / "Test.so"
    binary.parent.mkdir()
    binary.write_bytes((root / "Contents" / ours / "Test.so").read_bytes())
    for named in (root, binary.parent, binary):
        assert find_bundle(str(named)).binary == str(binary)
    monkeypatch.setattr(bundles, "our_architecture", lambda: None)
    monkeypatch.setattr(bundles.platform, "machine", lambda: "riscv64")
    assert machine_folder() == "riscv64-linux"


@pytest.mark.parametrize(
    ("made", "named", "says"),
    [
        ("A.vst3/x", "A.vst3", "is no VST3 bundle: it has no folder Contents"),
        ("A.vst3/Contents/Resources/x", "A.vst3", "it holds no library at all"),
        ("plain/B.vst3/x", "plain", "no VST3 bundle: .* it holds B.vst3: name one of these"),
        ("plain/x", "plain", "name the .vst3 bundle"),
        ("A.vst3/Contents/{machine}/readme.txt", "A.vst3", "without a library: there is no Contents/{machine}/A.so"),
        ("A.vst3/Contents/{machine}/A.so", "A.vst3", "is an empty file"),
        ("x", "y.vst3", "there is no file"),
    ],
)
def test_what_is_no_bundle_says_what_it_is(tmp_path, made, named, says):
    file = tmp_path / made.format(machine=machine_folder())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    with pytest.raises(PluginLoadError, match=says.format(machine=machine_folder())):
        open_module(str(tmp_path / named))
    assert not _open


def test_nothing_and_nonsense_are_no_paths():
    for path in ("", "a\0b.vst3"):
        with pytest.raises(PluginNotFound):
            open_module(path)


def test_a_library_of_another_machine_in_our_folder_is_named(tmp_path, scratch):
    root = bundle(tmp_path, scratch)
    foreign_library(Path(find_bundle(str(root)).binary), ARM64 if our_architecture().machine == X86_64 else X86_64)
    with pytest.raises(PluginLoadError, match=r"was built for .*; this host runs on"):
        open_module(str(root))


# -- entry and exit ---------------------------------------------------------------------------------------------------


def test_a_module_is_entered_once_and_left_once(tmp_path, scratch, trace):
    root = bundle(tmp_path, scratch)
    link = tmp_path / "Link.vst3"
    link.symlink_to(root)
    first, second = open_module(str(root)), open_module(f"{link}/Contents/{machine_folder()}/Test.so")
    assert first is second
    assert first.users == 2
    freed = []
    first.after_unload.append(lambda: freed.append(traced(trace)))
    first.release()
    assert traced(trace) == ["entry", "factory"]
    second.release()
    assert traced(trace) == ["entry", "factory", "exit"]
    words = trace.read_text().split()
    assert words.count("release") == words.count("ref") + 1  # of GetPluginFactory itself
    assert words[-1] == "exit"
    assert freed == [["entry", "factory", "exit"]]
    assert not _open


@pytest.mark.parametrize(
    ("flags", "cause", "then"),
    [
        (["-DENTRY_FALSE"], "ModuleEntry returned false", ["entry"]),
        (["-DNULL_FACTORY"], "GetPluginFactory returned nothing", ["entry", "factory", "exit"]),
        (["-DHOLES"], "its factory lacks createInstance", ["entry", "factory", "exit"]),
        (["-DNO_ENTRY"], "exports GetPluginFactory, but no ModuleEntry", []),
    ],
)
def test_a_module_that_cannot_be_used_says_why_and_is_left(tmp_path, scratch, trace, flags, cause, then):
    root = bundle(tmp_path, scratch, *flags)
    with pytest.raises(PluginLoadError, match=cause) as caught:
        open_module(str(root))
    assert caught.value.path == str(root)
    assert caught.value.phase == "entry"
    assert traced(trace) == then
    assert not _open


def test_a_module_without_an_exit_is_unloaded_all_the_same(tmp_path, scratch, trace):
    open_module(str(bundle(tmp_path, scratch, "-DNO_EXIT"))).release()
    assert traced(trace) == ["entry", "factory"]


def test_a_library_of_another_format_says_so(tmp_path):
    file = shutil.copy2(real_plugin("ZamComp.clap"), tmp_path / "ZamComp.vst3")
    with pytest.raises(
        PluginLoadError, match="exports no GetPluginFactory: it is not a VST3 plugin - it looks like CLAP"
    ):
        open_module(str(file))


# -- factory ----------------------------------------------------------------------------------------------------------


def test_the_richest_description_of_a_class_counts(tmp_path, scratch):
    found, warnings = classes_of(bundle(tmp_path, scratch))
    assert list(found) == [GOOD, CONTROLLER, FULL, BROKEN]
    good = found[GOOD]
    assert (good.name, good.vendor, good.version, good.categories) == ("Good", "\u266b", "3", ("Fx", "Dynamics"))
    assert found[FULL].name == "\u00e9" * 64
    assert found[BROKEN].name == "Br\ufffdken"
    assert found[BROKEN].categories == ("Fx", "Reverb")
    assert warnings == [
        f"class 2 of its factory has the id of another, {GOOD}, and was left out",
        "class 3 of its factory ('Nobody') has no id and was left out",
        "class 5 of its factory has no description and was left out",
    ]


@pytest.mark.parametrize(
    ("flags", "version", "vendor"),
    [
        (["-DLEVEL=2"], "2.0", "The Makers"),
        (["-DUNICODE_REFUSED"], "2.0", "The Makers"),
        (["-DHOLES3"], "2.0", "The Makers"),
        (["-DLEVEL=1"], "", "The Makers"),
    ],
)
def test_older_factories_say_less(tmp_path, scratch, flags, version, vendor):
    opened = open_module(str(bundle(tmp_path, scratch, *flags)))
    try:
        descriptors = [opened.describe(one) for one in opened.plugins]
        assert [one.id for one in descriptors] == [GOOD, FULL, BROKEN]
        assert [one.index for one in descriptors] == [0, 1, 2]
        assert {(one.version, one.vendor, one.url) for one in descriptors} == {(version, vendor, "https://example.org")}
        assert [one.name for one in descriptors] == ["Good", "x" * 64, "Br\ufffdken"]
        assert descriptors[0].features == (["audio-effect", "compressor", "dynamics"] if version else [])
        assert opened.factory.info.email == "x" * 128
        assert ("its IPluginFactory3 lacks getClassInfoUnicode and is not used" in opened.warnings) == (
            flags == ["-DHOLES3"]
        )
    finally:
        opened.release()


def test_impossible_numbers_of_classes_are_told(tmp_path, scratch):
    _, warnings = classes_of(bundle(tmp_path, scratch, "-DCOUNT=-7"))
    assert warnings == ["it lists -7 classes, which cannot be"]
    found, warnings = classes_of(bundle(tmp_path, scratch, "-DCOUNT=2000000000", name="Many.vst3"))
    assert len(found) == 4
    assert f"it lists 2000000000 classes; the first {MOST_CLASSES} are looked at" in warnings
    assert len(warnings) < 100


def test_an_object_that_cannot_be_made_says_what_the_factory_said(tmp_path, scratch, trace):
    opened = open_module(str(bundle(tmp_path, scratch)))
    try:
        for wanted, cause in (
            (GOOD, "createInstance returned kResultOk and no object"),
            (FULL, "createInstance returned kOutOfMemory"),
            (BROKEN, "createInstance returned the unknown result 77"),
        ):
            with pytest.raises(PluginLoadError, match=cause) as caught:
                opened.factory.create(bytes.fromhex(wanted), lib.vst3_IComponent_iid)
            assert (caught.value.plugin_id, caught.value.phase) == (wanted, "instantiate")
        assert opened.factory.set_context(ffi.new("struct vst3_FUnknown *"))
        assert opened.factory.set_context(ffi.NULL)
    finally:
        opened.release()
    assert traced(trace)[2:4] == ["context", "no context"]


def test_a_factory_without_a_place_for_the_host_says_so(tmp_path, scratch):
    opened = open_module(str(bundle(tmp_path, scratch, "-DLEVEL=2")))
    assert not opened.factory.set_context(ffi.NULL)
    opened.release()


def test_a_plugin_of_several_has_to_be_named_by_its_class_id(tmp_path, scratch):
    opened = open_module(str(bundle(tmp_path, scratch)))
    try:
        with pytest.raises(PluginNotFound, match=rf"holds 3 plugins .* {GOOD} \(Good\), .* say which one: path#id"):
            opened.pick("")
        dashed = f"{{{GOOD[:8]}-{GOOD[8:12]}-{GOOD[12:16]}-{GOOD[16:20]}-{GOOD[20:]}}}".lower()
        for name in (GOOD, GOOD.lower(), dashed):
            assert opened.pick(name).id == GOOD
        with pytest.raises(PluginNotFound, match=f"did you mean '{GOOD}'"):
            opened.pick(GOOD[:-1] + "0")
        with pytest.raises(PluginNotFound, match="holds no plugin"):
            opened.pick(CONTROLLER)
    finally:
        opened.release()


def test_a_real_plugin_is_made_and_let_go():
    opened = open_module(str(real_plugin("ZamComp.vst3")))
    try:
        only = opened.pick("")
        assert only is opened.pick(ZAM_COMP)
        assert (only.name, only.vendor) == ("ZamComp", "Damien Zammit")
        assert opened.describe(only).features == ["audio-effect", "compressor", "dynamics", "mono"]
        made = opened.factory.create(only.cid, lib.vst3_FUnknown_iid)
        unknown = ffi.cast("struct vst3_FUnknown *", made)
        assert unknown.vtbl.release(unknown) == 0
    finally:
        opened.release()
    assert not _open


# -- words and guesses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("categories", "features"),
    [
        (["Instrument", "Synth", "Sampler"], ["instrument", "synthesizer", "sampler"]),
        (["Fx", "EQ", "Pitch Shift", "Stereo"], ["audio-effect", "equalizer", "pitch-shifter", "stereo"]),
        (["Fx", "Tools", "Up-Downmix", "Ambisonics"], ["audio-effect", "utility", "up-downmix", "ambisonic"]),
        (["Instrument", "Drum", "Drums", "OnlyRT"], ["instrument", "drum", "only-realtime"]),
        (["Fx", "Channel Strip", "  ", "|", "fx"], ["audio-effect", "channel-strip"]),
        ([], []),
    ],
)
def test_sub_categories_become_features(categories, features):
    assert features_of(categories) == features


def test_class_ids_are_known_in_every_spelling():
    assert normal_id("{e831ff31-f2d5-4301-928e-bbee25697802}") == "E831FF31F2D54301928EBBEE25697802"
    assert [normal_id(text) for text in ("", "E831", "g" * 32, "0" * 33)] == [""] * 4


def test_the_format_of_bundles_and_of_what_is_in_them_is_guessed(tmp_path, scratch, monkeypatch):
    monkeypatch.setattr("isobooth.host.guess.SUPPORTED", ("clap", "ladspa", "vst3"))
    root = bundle(tmp_path, scratch, info="{}")
    single = shutil.copy2(module(scratch), tmp_path / "Single.vst3")
    inside = [root / "Contents" / machine_folder() / "Test.so", root / "Contents" / "Resources" / "moduleinfo.json"]
    for path in (root, root / "Contents", *inside, single, f"{root}/"):
        assert guess_format(os.fspath(path)) == "vst3"
    (tmp_path / "plain").mkdir()
    with pytest.raises(PluginLoadError, match="is a folder, not the file of a plugin"):
        guess_format(str(tmp_path / "plain"))
    (tmp_path / "L.lv2").mkdir()
    (tmp_path / "L.lv2" / "manifest.ttl").touch()
    with pytest.raises(PluginLoadError, match="does not support: LV2"):
        guess_format(str(tmp_path / "L.lv2"))

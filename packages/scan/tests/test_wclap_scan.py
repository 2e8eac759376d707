"""Bundles with real modules and manifests of every kind, through whole scans."""

import json
import shlex
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from isobooth.protocol.errors import ArgumentError, PluginLoadError, PluginNotFound
from isobooth.scan import find_plugin, scan
from isobooth.scan.wclap_scan import check_loaded
from isobooth.scan.wclap_write import check_manifest, write_manifest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "host" / "tests"))
from wclap_modules import built

IDS = ["test.two.a", "test.two.b"]

pytestmark = pytest.mark.usefixtures("real_host")


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """Folder of compiled modules."""
    return tmp_path_factory.mktemp("modules")


@pytest.fixture(scope="session")
def written(modules, tmp_path_factory):
    """A bundle of two plugins, with the manifest that isobooth writes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOBOOTH_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        if not (Path(sys.executable).parent / "isobooth-host").exists():  # as the fixture real_host
            patch.setenv("ISOBOOTH_HOST", shlex.join([sys.executable, "-m", "isobooth.host"]))
        folder = tmp_path_factory.mktemp("written") / "Two.wclap"
        folder.mkdir()
        shutil.copy(built("wclap_two", modules), folder / "module.wasm")
        assert write_manifest(folder) == 2
    return folder


@pytest.fixture
def bundle(written, tmp_path):
    """The bundle, for this test alone."""
    return Path(shutil.copytree(written, tmp_path / "plugins" / "Two.wclap"))


@pytest.fixture
def asked(monkeypatch):
    """Names of the bundles whose modules were looked into."""
    from isobooth.scan import scanner

    names = []
    probe = scanner.probe

    def watched(command, name, path, **more):
        names.append(Path(path).name)
        return probe(command, name, path, **more)

    monkeypatch.setattr(scanner, "probe", watched)
    return names


def change(bundle, **changes):
    file = bundle / "manifest.json"
    content = json.loads(file.read_bytes())
    content |= changes
    file.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def remarks(found):
    return [one.reason.partition(":")[0] for one in found.problems if one.phase == "manifest"]


def test_what_was_written_is_complete_and_true(bundle):
    content = json.loads((bundle / "manifest.json").read_bytes())
    assert content["wclap_manifest_version"] == "1.0"
    assert [one["id"] for one in content["plugins"]] == IDS
    assert (content["id"], content["clap_version"], content["url"]) == (IDS[0], "1.2.0", "https://a.example")
    assert content["features"] == ["audio-effect", "reverb"]
    assert check_manifest(bundle).kind == "good"
    assert not [file.name for file in bundle.iterdir() if file.name not in {"module.wasm", "manifest.json"}]


def test_a_manifest_is_believed_without_running_anything(bundle, asked):
    for _ in range(2):
        found = scan([bundle.parent], ["wclap"])
        assert [(one.id, one.index, one.category) for one in found] == [
            (IDS[0], 0, "audio-effect"),
            (IDS[1], 1, "instrument"),
        ]
        assert {(one.source, one.verified) for one in found} == {("manifest", False)}
        assert found.problems == []
    report = json.loads(json.dumps([{"source": one.source, "verified": one.verified} for one in found]))
    assert report == [{"source": "manifest", "verified": False}] * 2
    assert asked == []


def test_nothing_of_wasmtime_is_needed(bundle, monkeypatch):
    monkeypatch.setenv("ISOBOOTH_WASMTIME", "/nowhere/libwasmtime.so")
    (bare := bundle.parent / "Bare.wclap").mkdir()
    shutil.copy(bundle / "module.wasm", bare)
    found = scan([bundle.parent], ["wclap"])
    assert [one.id for one in found] == IDS
    (problem,) = found.problems
    assert (problem.path, problem.phase) == (str(bare), "format")
    with pytest.raises(PluginLoadError, match="wasmtime's library cannot be used"):
        found.plugins[0].describe()
    assert [one.id for one in scan([bundle.parent], ["wclap"], rescan=True)] == IDS
    monkeypatch.delenv("ISOBOOTH_WASMTIME")  # it is installed now
    assert len(scan([bundle.parent], ["wclap"])) == 4


def test_touching_a_plugin_asks_it(bundle, asked):
    found = scan([bundle], ["wclap"])
    one = found.plugins[0]
    assert one.description == "first"
    assert (one.source, one.verified, asked) == ("", True, ["Two.wclap"])
    again = scan([bundle], ["wclap"])
    assert [one.verified for one in again] == [True, True]
    assert remarks(again) == []
    assert asked == ["Two.wclap"]


def test_a_path_and_details_ask_the_module(bundle, asked):
    assert find_plugin(f"{bundle}#{IDS[1]}").version == "2.0"
    assert asked == ["Two.wclap"]
    (bundle / "manifest.json").touch()  # changed, so what is known no longer counts
    report = scan([bundle], ["wclap"]).report(details=True)
    assert [one.description for one in report.descriptors] == ["first", ""]
    assert all(one.verified for one in report.plugins)
    assert asked == ["Two.wclap"] * 2


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"wasm_hash": "sha256:" + "0" * 64}, "manifest-stale"),
        ({"wasm_hash": "sha256:0"}, "manifest-garbage"),
        ({"wclap_manifest_version": "2.0"}, "manifest-garbage"),
        ({"id": None}, "manifest-garbage"),
    ],
)
def test_what_is_not_believed_is_remarked_and_the_module_asked(bundle, asked, changes, remark):
    change(bundle, name="Nonsense", plugins=None, **changes)
    for _ in range(2):
        found = scan([bundle], ["wclap"])
        assert [(one.id, one.name, one.verified) for one in found] == [(IDS[0], "Two A", True), (IDS[1], "Two B", True)]
        assert remarks(found) == [remark]
    assert asked == ["Two.wclap"]


def test_absent_is_no_trouble(bundle, asked):
    (bundle / "manifest.json").unlink()
    found = scan([bundle], ["wclap"])
    assert ([one.id for one in found], found.problems, asked) == (IDS, [], ["Two.wclap"])


def test_a_lie_is_found_by_a_deep_scan_and_never_believed_again(bundle, asked, tmp_path, monkeypatch):
    change(bundle, plugins=None, name="Famous Reverb", vendor="Famous")
    lie = (bundle / "manifest.json").read_bytes()
    (one,) = scan([bundle], ["wclap"])
    assert (one.name, one.verified) == ("Famous Reverb", False)
    deep = scan([bundle], ["wclap"], rescan=True)
    assert [one.name for one in deep] == ["Two A", "Two B"]
    assert remarks(deep) == ["manifest-mismatch"]
    assert "'Famous Reverb'" in deep.problems[0].reason
    assert remarks(scan([bundle], ["wclap"])) == ["manifest-mismatch"]
    twin = Path(shutil.copytree(bundle, tmp_path / "elsewhere" / "Twin.wclap"))
    found = scan([twin], ["wclap"])
    assert [(one.name, one.verified) for one in found] == [("Two A", True), ("Two B", True)]
    assert remarks(found) == ["manifest-mismatch"]
    assert asked == ["Two.wclap", "Twin.wclap"]
    write_manifest(twin)
    assert remarks(scan([twin], ["wclap"])) == []
    (twin / "manifest.json").write_bytes(lie)
    assert remarks(scan([twin], ["wclap"])) == ["manifest-mismatch"]


def test_a_plugin_is_not_found_by_a_name_that_it_has_not(bundle, monkeypatch):
    monkeypatch.setenv("WCLAP_PATH", str(bundle.parent))
    change(bundle, plugins=None, name="Famous Reverb")
    with pytest.raises(PluginNotFound, match="'Famous Reverb'"):
        find_plugin("wclap:Famous Reverb")
    assert find_plugin("wclap:Two A").id == IDS[0]


def test_plugins_that_a_manifest_does_not_list_are_found(bundle, monkeypatch):
    monkeypatch.setenv("WCLAP_PATH", str(bundle.parent))
    change(bundle, plugins=None)
    assert [one.id for one in scan(formats=["wclap"])] == IDS[:1]
    assert find_plugin("wclap:Two B").id == IDS[1]
    found = scan(formats=["wclap"])
    assert [one.id for one in found] == IDS
    assert remarks(found) == []  # how many there are is not said, so that is no lie


def test_a_plugin_that_is_not_there_is_a_lie(bundle):
    change(bundle, id="test.none", plugins=None)
    found = scan([bundle], ["wclap"])
    with pytest.raises(PluginLoadError, match=r"does not hold the plugin 'test\.none' that its manifest lists"):
        found.plugins[0].describe()
    assert remarks(scan([bundle], ["wclap"])) == ["manifest-mismatch"]


def test_a_load_finds_a_lie_as_well(bundle):
    real = scan([bundle], ["wclap"], rescan=True).plugins[0].describe()
    change(bundle, vendor="Famous", plugins=None)
    assert [one.vendor for one in scan([bundle], ["wclap"])] == ["Famous"]
    check_loaded(real)
    found = scan([bundle], ["wclap"])
    assert [one.vendor for one in found] == ["isobooth tests"] * 2
    assert remarks(found) == ["manifest-mismatch"]


def test_a_module_that_was_replaced_is_asked(bundle, modules, asked):
    assert not scan([bundle], ["wclap"]).plugins[0].verified
    shutil.copy(built("clap_echo", modules), bundle / "module.wasm")
    found = scan([bundle], ["wclap"])
    assert [(one.id, one.verified) for one in found] == [("test.echo", True)]
    assert remarks(found) == ["manifest-stale"]


def test_a_bundle_without_a_module_is_none_whatever_its_manifest_says(bundle, asked):
    (bundle / "module.wasm").unlink()
    found = scan([bundle], ["wclap"])
    assert len(found) == 0
    assert [one.reason for one in found.problems] == ["it is a WCLAP bundle without module.wasm"]
    (bundle / "module.wasm").touch()
    change(bundle, wasm_hash="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    found = scan([bundle], ["wclap"])
    assert [one.reason for one in found.problems] == ["its module.wasm is an empty file"]
    assert asked == []


def test_a_module_that_is_cut_off_is_found_out(bundle):
    import hashlib

    data = (bundle / "module.wasm").read_bytes()[:1000]
    (bundle / "module.wasm").write_bytes(data)
    change(bundle, wasm_hash="sha256:" + hashlib.sha256(data).hexdigest())
    found = scan([bundle], ["wclap"])
    assert [one.verified for one in found] == [False, False]
    with pytest.raises(PluginLoadError, match="not a WCLAP plugin that can be run"):
        found.plugins[0].describe()
    assert len(scan([bundle], ["wclap"])) == 0


def test_archives_and_bare_modules_are_found_in_folders(bundle, asked, monkeypatch):
    folder = bundle.parent
    monkeypatch.setenv("WCLAP_PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent / "xdg"))
    with tarfile.open(folder / "Packed.wclap.tar.gz", "w:gz") as archive:
        archive.add(bundle, "Packed.wclap")
    shutil.copy(bundle / "module.wasm", folder / "bare.wasm")
    (folder / "cache").mkdir()
    shutil.copy(bundle / "module.wasm", folder / "cache" / "hidden.wasm")
    found = scan(formats=["wclap"])
    assert {(Path(one.path).name, one.verified) for one in found} == {
        ("Two.wclap", False),
        ("Packed.wclap.tar.gz", False),
        ("bare.wasm", True),
    }
    assert asked == ["bare.wasm"]
    deep = scan(formats=["wclap"], rescan=True)
    assert [(one.verified, len(deep)) for one in deep] == [(True, 6)] * 6
    assert deep.problems == []
    assert find_plugin(f"{folder}/Packed.wclap.tar.gz#{IDS[1]}").id == IDS[1]
    assert check_manifest(folder / "Packed.wclap.tar.gz").kind == "good"
    assert check_manifest(folder / "bare.wasm").kind == "absent"


def test_writing_keeps_what_it_does_not_know(bundle):
    plugins = [{"id": IDS[1], "name": "old", "colour": "red"}]
    change(bundle, plugins=plugins, name="old", licensing={"public_key": "x"})
    assert write_manifest(bundle) == 2
    content = json.loads((bundle / "manifest.json").read_bytes())
    assert (content["name"], content["licensing"]) == ("Two A", {"public_key": "x"})
    assert [(one["name"], one.get("colour")) for one in content["plugins"]] == [("Two A", None), ("Two B", "red")]
    (bundle / "manifest.json").write_bytes(b"garbage")
    assert write_manifest(bundle / "module.wasm") == 2
    assert check_manifest(bundle).kind == "good"


def test_a_manifest_is_not_written_through_a_link(bundle, tmp_path):
    (outside := tmp_path / "outside").write_text("precious")
    (bundle / "manifest.json").unlink()
    (bundle / "manifest.json").symlink_to(outside)
    write_manifest(bundle)
    assert outside.read_text() == "precious"
    assert not (bundle / "manifest.json").is_symlink()


def test_what_cannot_get_a_manifest(bundle, tmp_path):
    shutil.copy(bundle / "module.wasm", tmp_path / "bare.wasm")
    with pytest.raises(ArgumentError, match="has no place for a manifest"):
        write_manifest(tmp_path / "bare.wasm")
    with pytest.raises(PluginNotFound):
        write_manifest(tmp_path / "none.wclap")
    before = (bundle / "manifest.json").read_bytes()
    (bundle / "module.wasm").write_bytes(b"\0asm\x01\0\0\0")
    with pytest.raises(PluginLoadError, match="cannot be described"):
        write_manifest(bundle)
    assert (bundle / "manifest.json").read_bytes() == before
    (tmp_path / "Empty.wclap").mkdir()
    with pytest.raises(PluginLoadError, match=r"without module\.wasm"):
        check_manifest(tmp_path / "Empty.wclap")


def test_without_a_cache_folder_everything_works(bundle, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", str(tmp_path / "file"))
    assert [one.verified for one in scan([bundle], ["wclap"])] == [False, False]
    change(bundle, vendor="Famous", plugins=None)
    assert remarks(scan([bundle], ["wclap"], rescan=True)) == ["manifest-mismatch"]

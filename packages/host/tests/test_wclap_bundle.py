"""What a WCLAP may lie in, and what is no WCLAP."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path

import pytest

from isobooth.host.formats.wclap.bundle import MODULE, WASM_MAGIC, find_bundle, read_module
from isobooth.host.formats.wclap.wasi import folders
from isobooth.host.guess import guess_format
from isobooth.protocol.errors import PluginLoadError, PluginNotFound

sys.path.insert(0, str(Path(__file__).resolve().parent))
from wclap_modules import need_wclap

WASM = WASM_MAGIC + b"\x01\0\0\0"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def archive(path, *entries):
    """Pairs of a name and its bytes, or a TarInfo."""
    with tarfile.open(path, "w:gz") as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            tar.addfile(info, io.BytesIO(entry[1]))
    return path


def test_folders_modules_and_archives_are_bundles(tmp_path):
    folder = tmp_path / "A.wclap"
    folder.mkdir()
    (folder / MODULE).write_bytes(WASM)
    bare = tmp_path / "b.wasm"
    bare.write_bytes(WASM)
    packed = archive(tmp_path / "c.wclap.tar.gz", ("c.wclap/._module.wasm", b"x"), ("c.wclap/module.wasm", WASM))
    for path, has_folder in ((folder, True), (folder / MODULE, True), (bare, False), (packed, True)):
        assert guess_format(str(path)) == "wclap"
        bundle = find_bundle(str(path))
        assert read_module(bundle) == WASM
        assert bool(bundle.folder) == has_folder
        assert [guest for guest, _, _ in folders(bundle, make=False)] == ["/plugin.wclap"] * has_folder
        assert [(guest, write) for guest, _, write in folders(bundle, make=True)][-3:] == [
            ("/presets", True),
            ("/cache", True),
            ("/var", True),
        ]
    assert find_bundle(str(packed)).folder == find_bundle(str(packed)).folder
    assert not list(Path(find_bundle(str(packed)).folder).glob("._*"))


def link(name, target, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (("../escape", b"x"), "leads out of the bundle"),
        (("/etc/escape", b"x"), "leads out of the bundle"),
        (link("ui", "/", tarfile.SYMTYPE), "is a link or a device"),
        (link("passwd", "/etc/passwd", tarfile.LNKTYPE), "is a link or a device"),
        (link("null", "", tarfile.CHRTYPE), "is a link or a device"),
    ],
)
def test_an_archive_that_reaches_outside_is_refused(tmp_path, entry, why):
    path = archive(tmp_path / "bad.wclap.tar.gz", entry, (MODULE, WASM))
    with pytest.raises(PluginLoadError, match=why):
        find_bundle(str(path))
    assert not (tmp_path / "escape").exists()
    assert not [left for left in (tmp_path / "cache").rglob("*") if left.is_file()]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08\0broken", b"(module)", b"\x7fELF"])
def test_what_is_no_bundle_says_so(tmp_path, data):
    path = tmp_path / "x.wclap"
    path.write_bytes(data)
    with pytest.raises(PluginLoadError):
        find_bundle(str(path))


def test_a_path_without_a_plugin_is_an_error(tmp_path):
    with pytest.raises(PluginNotFound):
        find_bundle(str(tmp_path / "nothing.wasm"))
    with pytest.raises(PluginLoadError, match=f"a folder without {MODULE}"):
        find_bundle(str(tmp_path))


def test_a_module_that_is_no_plugin_says_what_it_lacks(tmp_path):
    need_wclap()
    from isobooth.host.formats.wclap.plugin import scan
    from isobooth.protocol.descriptors import ScanReport

    path = tmp_path / "empty.wasm"
    path.write_bytes(WASM)
    with pytest.raises(PluginLoadError, match="exports no clap_entry"):
        scan(str(path), ScanReport(format="wclap", path=str(path)))


def test_without_wasmtime_it_says_what_to_install(tmp_path, monkeypatch):
    from isobooth.host.formats.wclap import runtime
    from isobooth.protocol.errors import UnsupportedFormat

    monkeypatch.setattr(runtime.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UnsupportedFormat, match=r'pip install "isobooth-host\[wclap\]"'):
        runtime.find_library()

"""What is taken for a manifest, and what is not: no module is run here."""

import gzip
import hashlib
import io
import json
import os
import tarfile

import jsonschema
import pytest

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.schema import schema
from isobooth.scan.wclap_manifest import difference, entries, parse
from isobooth.scan.wclap_scan import Manifests

WASM = b"\0asm\x01\0\0\0"
GOOD = {
    "wclap_manifest_version": "1.0",
    "id": "com.example.a",
    "name": "A",
    "vendor": "Example",
    "version": "1.2",
    "url": "https://example.com",
    "features": ["audio-effect", "Stereo"],
    "clap_version": "1.2.0",
    "wasm_hash": "sha256:" + hashlib.sha256(WASM).hexdigest(),
}


def manifest(**changes):
    return {**GOOD, **changes}


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


def text(content):
    return json.dumps(content).encode()


@pytest.fixture
def bundle(tmp_path):
    """A function that makes a bundle with a manifest of the given bytes or content."""

    def make(content=GOOD, module=WASM):
        folder = tmp_path / "A.wclap"
        folder.mkdir(exist_ok=True)
        (folder / "module.wasm").write_bytes(module)
        if content is not None:
            (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else text(content))
        return folder

    return make


def state(path):
    return Manifests().state(str(path))


def test_a_good_manifest_is_read_and_keeps_to_its_schema():
    jsonschema.validate(GOOD, schema("wclap-manifest"))
    found = parse(text(GOOD))
    assert (found.module, found.is_complete) == (hashlib.sha256(WASM).hexdigest(), False)
    (one,) = entries(found, "/x/A.wclap")
    assert (one.id, one.name, one.vendor, one.version, one.index) == ("com.example.a", "A", "Example", "1.2", 0)
    assert (one.category, one.features) == ("audio-effect", ["audio-effect", "stereo"])
    assert (one.source, one.verified, one.locator) == ("manifest", False, "wclap:/x/A.wclap#com.example.a")


def test_several_plugins_inherit_what_they_leave_out():
    plugins = [{"id": "com.example.a", "name": "A", "more": [1]}, {"id": "b", "name": "B", "features": []}]
    content = manifest(plugins=plugins, description="of a alone", unknown={"x": [1]})
    jsonschema.validate(content, schema("wclap-manifest"))
    found = parse(text(content))
    assert found.is_complete
    assert [(one.id, one.vendor, one.features, one.description) for one in found.plugins] == [
        ("com.example.a", "Example", ("audio-effect", "stereo"), None),
        ("b", "Example", (), None),
    ]


@pytest.mark.parametrize("version", ["1", "1.0", "1.7", "1.2.3"])
def test_every_minor_version_is_read(version):
    assert parse(text(manifest(wclap_manifest_version=version)))


def test_the_hash_may_be_in_capitals(bundle):
    digits = hashlib.sha256(WASM).hexdigest().upper()
    assert state(bundle(manifest(wasm_hash=f"sha256:{digits}"))).kind == "good"


DEEP = 100_000
GARBAGE = {
    "empty": (b"", "no JSON"),
    "text": (b"hello", "no JSON"),
    "cut": (text(GOOD)[:-1], "no JSON"),
    "list": (b"[]", "no object"),
    "null": (b"null", "no object"),
    "mark": (b"\xef\xbb\xbf" + text(GOOD), "byte order mark"),
    "utf-16": (json.dumps(GOOD).encode("utf-16"), "not UTF-8"),
    "latin-1": (text(GOOD).replace(b"Example", b"Ex\xe4mple"), "not UTF-8"),
    "surrogate": (text(manifest(name="\ud800")), "surrogate"),
    "twice": (text(GOOD)[:-1] + b', "id": "other"}', "the key 'id' twice"),
    "twice within": (text(GOOD)[:-1] + b', "x": [{"y": 1, "y": 2}]}', "the key 'y' twice"),
    "nan": (text(GOOD)[:-1] + b', "x": NaN}', "NaN"),
    "infinity": (text(GOOD)[:-1] + b', "x": -Infinity}', "Infinity"),
    "too large": (text(GOOD)[:-1] + b', "x": 1e999}', "too large"),
    "many digits": (text(GOOD)[:-1] + b', "x": ' + b"9" * 200_000 + b"}", "200000 digits"),
    "very deep": (b"[" * DEEP + b"]" * DEEP, "nested"),
    "very deep objects": (b'{"a":' * (DEEP // 3) + b"1" + b"}" * (DEEP // 3), "nested"),
    "deep": (text(GOOD)[:-1] + b', "x": ' + b"[" * 40 + b"]" * 40 + b"}", "nested more than 32"),
    "long": (text(GOOD) + b" " * (256 << 10), "longer than 256 KiB"),
    "version 2": (text(manifest(wclap_manifest_version="2.0")), "of version 2.0"),
    "version 0": (text(manifest(wclap_manifest_version="0.9")), "of version 0.9"),
    "version of no form": (text(manifest(wclap_manifest_version="one")), "wclap_manifest_version"),
    "version as number": (text(manifest(wclap_manifest_version=1.0)), "wclap_manifest_version"),
    "hash of another kind": (text(manifest(wasm_hash="md5:" + "0" * 64)), "wasm_hash"),
    "hash too short": (text(manifest(wasm_hash="sha256:" + "0" * 63)), "wasm_hash"),
    "hash with a line end": (text(manifest(wasm_hash="sha256:" + "0" * 64 + "\n")), "wasm_hash"),
    "no hash": (text(without("wasm_hash")), "wasm_hash"),
    "no version": (text(without("wclap_manifest_version")), "wclap_manifest_version"),
    "empty id": (text(manifest(id="")), "id"),
    "id with a control letter": (text(manifest(id="a\nb")), "id"),
    "id with a line end": (text(manifest(id="a\n")), "id"),
    "version with a line end": (text(manifest(wclap_manifest_version="1.0\n")), "wclap_manifest_version"),
    "id too long": (text(manifest(id="a" * 1025)), "id"),
    "features as text": (text(manifest(features="reverb")), "features"),
    "features with a number": (text(manifest(features=["a", 1])), "features"),
    "url as number": (text(manifest(url=1)), "url"),
    "plugins as object": (text(manifest(plugins={})), "plugins"),
    "plugins empty": (text(manifest(plugins=[])), "without the one that it is about"),
    "plugins without the first": (text(manifest(plugins=[{"id": "b", "name": "B"}])), "without the one"),
    "plugins with the same id": (text(manifest(plugins=[{"id": GOOD["id"], "name": "A"}] * 2)), "the same id"),
    "plugins that contradict": (text(manifest(plugins=[{"id": GOOD["id"], "name": "B"}])), "contradicts itself"),
    "plugins without names": (text(manifest(plugins=[{"id": GOOD["id"]}])), "name"),
}
GARBAGE |= {f"{key} absent": (text(without(key)), key) for key in ("id", "name", "vendor", "version", "features")}
GARBAGE |= {f"{key} null": (text(manifest(**{key: None})), key) for key in ("id", "name", "clap_version", "features")}


@pytest.mark.parametrize("case", GARBAGE)
def test_what_is_not_exactly_a_manifest_is_garbage(bundle, case):
    data, why = GARBAGE[case]
    found = state(bundle(data))
    assert found.kind == "garbage"
    assert why in found.reason
    assert found.reason.isprintable()
    (remark,) = found.remarks("/x")
    assert remark.phase == "manifest"
    assert remark.reason.startswith("manifest-garbage: ")


def test_texts_are_cut_and_lose_their_control_letters():
    name, vendor = "A\x1b[31m\n\x00B\x9b", "ü" * 3000
    (one,) = parse(text(manifest(name=name, vendor=vendor, features=["x\ty"]))).plugins
    assert (one.name, one.vendor, one.features) == ("A[31mB", "ü" * 512, ("xy",))
    (one,) = parse(text(manifest(name="\n"))).plugins
    assert one.name == GOOD["id"]


def test_a_module_by_itself_has_none(tmp_path):
    (tmp_path / "a.wasm").write_bytes(WASM)
    (tmp_path / "manifest.json").write_bytes(text(GOOD))
    assert state(tmp_path / "a.wasm").kind == "absent"


def test_the_module_of_a_bundle_has_that_of_the_bundle(bundle):
    assert state(bundle() / "module.wasm").kind == "good"


def test_a_manifest_about_another_module_is_stale(bundle):
    for module in (b"", WASM[:4], WASM + b"\0"):
        found = state(bundle(module=module))
        assert found.kind == "stale"
        assert hashlib.sha256(module).hexdigest() in found.reason
    assert state(bundle()).kind == "good"


def test_the_digest_is_taken_again_when_the_file_is_another(bundle, tmp_path):
    folder = bundle()
    manifests = Manifests()
    assert manifests.state(str(folder)).kind == "good"
    manifests.save()
    other = tmp_path / "other"
    other.write_bytes(WASM[:-1] + b"x")
    before = (folder / "module.wasm").stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(folder / "module.wasm")  # the same size and time
    assert state(folder).kind == "stale"


# -- hostile files ----------------------------------------------------------------------------------------------------


def replaced(folder, make):
    target = folder / "manifest.json"
    target.unlink()
    make(target)
    return state(folder)


def test_a_link_out_of_the_bundle_is_not_followed(bundle, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_bytes(text(GOOD))
    for target in (outside, "../outside.json", "/dev/zero", tmp_path / "none", "manifest.json"):
        found = replaced(bundle(), lambda path, target=target: path.symlink_to(target))
        assert found.kind == "garbage", target
        bundle(None).joinpath("manifest.json").unlink()
        bundle()


def test_a_link_within_the_bundle_is_followed(bundle):
    folder = bundle()
    (folder / "about.json").write_bytes(text(GOOD))
    assert replaced(folder, lambda path: path.symlink_to("about.json")).kind == "good"


def test_a_bundle_that_is_a_link_is_as_good_as_any(bundle, tmp_path):
    (tmp_path / "B.wclap").symlink_to(bundle())
    assert state(tmp_path / "B.wclap").kind == "good"


def test_pipes_and_folders_are_not_read(bundle):
    assert "no file" in replaced(bundle(), os.mkfifo).reason
    folder = bundle(None)
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()
    assert "no file" in state(folder).reason


def test_a_gigabyte_of_nothing_is_not_read(bundle):
    folder = bundle()
    os.truncate(folder / "manifest.json", 1 << 30)
    assert "longer than 256 KiB" in state(folder).reason


def test_a_module_that_is_a_pipe_or_far_too_large_is_left_to_the_host(bundle):
    folder = bundle()
    (folder / "module.wasm").unlink()
    os.mkfifo(folder / "module.wasm")
    assert state(folder).kind == "absent"
    (folder / "module.wasm").unlink()
    (folder / "module.wasm").touch()
    os.truncate(folder / "module.wasm", 1 << 40)
    assert state(folder).kind == "absent"


# -- archives ---------------------------------------------------------------------------------------------------------


def packed(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members:
            member = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def link(name):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


@pytest.mark.parametrize("folder", ["", "A.wclap/", "./", "x/y/"])
def test_an_archive_has_its_manifest_beside_its_module(tmp_path, folder):
    members = [(f"{folder}manifest.json", text(GOOD)), (f"{folder}module.wasm", WASM), ("z/deep/er/module.wasm", WASM)]
    members += [(f"{folder}._module.wasm", b"x"), ("ui/manifest.json", b"{}")]
    for ordered in (members, members[::-1]):
        assert state(packed(tmp_path / "a.wclap.tar.gz", *ordered)).kind == "good"


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ([("module.wasm", WASM)], "absent"),
        ([("manifest.json", text(GOOD))], "absent"),
        ([("a/module.wasm", WASM), ("b/manifest.json", text(GOOD))], "absent"),
        ([("module.wasm", WASM + b"x"), ("manifest.json", text(GOOD))], "stale"),
        ([("module.wasm", WASM), ("manifest.json", b"{}")], "garbage"),
        ([("module.wasm", WASM), ("manifest.json", text(GOOD) + b" " * (256 << 10))], "garbage"),
        # what the host refuses is for the host to refuse
        ([("module.wasm", WASM), ("manifest.json", text(GOOD)), ("../x", b"")], "absent"),
        ([("module.wasm", WASM), ("manifest.json", text(GOOD)), ("/x", b"")], "absent"),
        ([("module.wasm", WASM), ("manifest.json", text(GOOD)), ("module.wasm", WASM)], "absent"),
        ([("module.wasm", WASM), (link("manifest.json"), b"")], "absent"),
        ([("module.wasm", b"no wasm"), ("manifest.json", text(GOOD))], "absent"),
    ],
)
def test_what_an_archive_may_hold_otherwise(tmp_path, members, kind):
    assert state(packed(tmp_path / "a.wclap.tar.gz", *members)).kind == kind


def test_broken_archives_are_left_to_the_host(tmp_path):
    whole = packed(tmp_path / "a.wclap.tar.gz", ("module.wasm", WASM), ("manifest.json", text(GOOD))).read_bytes()
    for number, data in enumerate((whole[:20], whole[:-30], whole[:40] + b"\0" * 20 + whole[60:], b"\x1f\x8bnothing")):
        path = tmp_path / f"{number}.wclap.tar.gz"
        path.write_bytes(data)
        assert state(path).kind == "absent"


def test_an_archive_that_grows_beyond_measure_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("isobooth.scan.wclap_bundle.MOST_ARCHIVE_BYTES", 1 << 20)
    members = [("module.wasm", WASM), ("manifest.json", text(GOOD)), ("zeros", bytes(2 << 20))]
    assert state(packed(tmp_path / "a.wclap.tar.gz", *members)).kind == "absent"


def test_holes_in_an_archive_are_not_read(tmp_path):
    """An old GNU header that promises a terabyte of nothing."""
    header = bytearray(tarfile.TarInfo("module.wasm").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:410] = b"%011o\0%011o\0" % (0, 0)
    header[483:495] = b"%011o\0" % (8 << 30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = tmp_path / "a.wclap.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(bytes(header) + bytes(1024))
    with tarfile.open(path) as archive:
        assert [one.size for one in archive] == [8 << 30]
    assert state(path).kind == "absent"


def test_an_archive_is_unpacked_once(tmp_path, monkeypatch):
    path = packed(tmp_path / "a.wclap.tar.gz", ("module.wasm", WASM), ("manifest.json", text(GOOD)))
    manifests = Manifests()
    assert manifests.state(str(path)).kind == "good"
    manifests.save()
    monkeypatch.setattr("isobooth.scan.wclap_scan.look_into", None)
    assert state(path).kind == "good"


# -- against the module -----------------------------------------------------------------------------------------------


def real(**changes):
    fields = {"id": GOOD["id"], "name": "A", "vendor": "Example", "version": "1.2", "url": "https://example.com"}
    fields |= {"features": ["stereo", "audio-effect"], "description": "any"}
    return PluginDescriptor(**{"format": "wclap", "path": "/x", **fields, **changes})


def test_the_same_in_other_words_is_no_difference():
    assert difference(parse(text(GOOD)), [real()], is_all=True) == ""
    assert difference(parse(text(GOOD)), [real(id="other"), real()], is_all=True) == ""  # how many is not said
    assert difference(parse(text(without("url"))), [real(url="anything")], is_all=True) == ""
    long = "n" * 5000
    assert difference(parse(text(manifest(name=long))), [real(name=long)], is_all=True) == ""


@pytest.mark.parametrize("field", ["name", "vendor", "version", "url"])
def test_every_other_word_is_a_difference(field):
    wrong = difference(parse(text(GOOD)), [real(**{field: "truth"})], is_all=True)
    assert wrong == f"it gives 'com.example.a' the {field} {GOOD[field]!r}, the module 'truth'"


def test_other_features_and_other_plugins_are_differences():
    assert "the features audio-effect, stereo, the module x" in difference(
        parse(text(GOOD)), [real(features=["x"])], is_all=True
    )
    assert "which the module does not hold" in difference(parse(text(GOOD)), [real(id="b")], is_all=True)
    assert difference(parse(text(GOOD)), [real(id="b")], is_all=False) == ""
    complete = parse(text(manifest(plugins=[{"id": GOOD["id"], "name": "A"}])))
    assert "does not list 'b'" in difference(complete, [real(), real(id="b")], is_all=True)

"""Compiled modules are kept, found again, and never executed where anybody else may have had a hand in them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isobooth.host.formats.wclap import cache as cache_module
from isobooth.host.formats.wclap.plugin import WclapEntry

sys.path.insert(0, str(Path(__file__).resolve().parent))
from wclap_modules import built, need_wclap


@pytest.fixture
def module(tmp_path_factory, tmp_path, monkeypatch):
    need_wclap()
    monkeypatch.setenv("WCLAP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return built("wclap_hostile", tmp_path_factory.getbasetemp(), "-DNOTHING")


def load(path):
    """Where the code came from, whether the cache holds it now, and what was odd."""
    entry = WclapEntry(str(path), for_use=False)
    try:
        assert [one.descriptor.id for one in entry.plugins] == ["test.hostile"]
        return entry.source, entry.is_kept, entry.warnings.list()
    finally:
        entry.release()


def files(tmp_path):
    """The code and the meta file of the only entry."""
    (code,) = (tmp_path / "cache").glob("*.cwasm")
    return code, Path(str(code).replace(".cwasm", ".meta.json"))


def test_a_module_is_compiled_once(module, tmp_path):
    assert load(module) == ("compiler", True, [])
    assert load(module) == ("cache", True, [])
    code, meta = files(tmp_path)
    told = json.loads(meta.read_bytes())
    assert code.name == f"test.hostile_{told['key']}.cwasm"
    assert told["wasm_sha256"] == hashlib.sha256(module.read_bytes()).hexdigest()
    assert told["plugins"][0]["name"] == "Hostile"
    assert sorted(path.stat().st_mode & 0o777 for path in (code, meta, tmp_path / "cache")) == [0o600, 0o600, 0o700]


def test_the_key_is_the_one_that_is_written_down(module, tmp_path):
    load(module)
    _, meta = files(tmp_path)
    told = json.loads(meta.read_bytes())
    settings = "\n".join(f"{name}={value}" for name, value in sorted(told["config"].items()))
    fields = [bytes.fromhex(told["wasm_sha256"]), told["wasmtime"].encode(), told["triple"].encode()]
    fields += [bytes.fromhex(told["engine"]), settings.encode()]
    written = b"wclap-aot/1\0" + b"".join(len(one).to_bytes(4, "little") + one for one in fields)
    assert told["key"] == hashlib.sha256(written).hexdigest()


def test_code_for_other_settings_has_an_entry_of_its_own(module, tmp_path, monkeypatch):
    load(module)
    monkeypatch.setenv("ISOBOOTH_WCLAP_MEMORY_MIB", "64")  # is no part of the code
    assert load(module)[0] == "cache"
    monkeypatch.setenv("ISOBOOTH_WCLAP_INTERRUPT_MS", "1000")
    assert [load(module)[0] for _ in range(2)] == ["compiler", "cache"]
    monkeypatch.setattr("isobooth.host.formats.wclap.cache_key.wasmtime_version", lambda: "50.0.2")
    assert [load(module)[0] for _ in range(2)] == ["compiler", "cache"]
    assert len(list((tmp_path / "cache").glob("*.cwasm"))) == 3


# -- entries that somebody has made or changed -------------------------------------------------------------------------


def flipped(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def change_code(code, meta):
    code.write_bytes(flipped(code.read_bytes()))
    del meta


def change_code_and_its_hash(code, meta):
    change_code(code, meta)
    told = json.loads(meta.read_bytes())
    told["cwasm_sha256"] = hashlib.sha256(code.read_bytes()).hexdigest()
    meta.write_text(json.dumps(told))


def replaced_by(data, *, of_meta=False):
    def replace(code, meta):
        (meta if of_meta else code).write_bytes(data)

    return replace


def writable_by_others(code, meta):
    del meta
    code.chmod(0o666)


def somebody_elses(code, meta):
    del meta
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(code, 12345, 12345)


def linked(code, meta):
    del meta
    code.rename(code.with_suffix(".real"))
    code.symlink_to(code.with_suffix(".real"))


def linked_meta(code, meta):
    linked(meta, code)


def fifo(code, meta):
    del meta
    code.unlink()
    os.mkfifo(code)


def fifo_meta(code, meta):
    fifo(meta, code)


def huge(code, meta):
    del meta
    os.truncate(code, 1 << 40)


def huge_meta(code, meta):
    huge(meta, code)


def gone(code, meta):
    del meta
    code.unlink()


def truncated(code, meta):
    del meta
    os.truncate(code, code.stat().st_size // 2)


@pytest.mark.parametrize(
    "harm",
    [
        change_code,
        change_code_and_its_hash,
        replaced_by(b""),
        replaced_by(b"\x7fELF garbage"),
        replaced_by(b"garbage", of_meta=True),
        replaced_by(b"[" * 500_000, of_meta=True),
        replaced_by(b'{"wclap_cache_version": 1}', of_meta=True),
        replaced_by(b"\xff\xfe", of_meta=True),
        writable_by_others,
        somebody_elses,
        linked,
        linked_meta,
        fifo,
        fifo_meta,
        huge,
        huge_meta,
        gone,
        truncated,
    ],
)
def test_an_entry_that_is_not_sound_is_not_executed_but_replaced(module, tmp_path, harm):
    load(module)
    harm(*files(tmp_path))
    assert load(module) == ("compiler", True, [])
    assert load(module) == ("cache", True, [])


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(module, tmp_path):
    load(module)
    code, meta = files(tmp_path)
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    for path in (code, meta):
        path.unlink()
        path.symlink_to(precious)
    assert load(module)[:2] == ("compiler", True)
    assert precious.read_bytes() == b"precious"


def test_a_folder_in_the_way_is_no_trouble(module, tmp_path):
    load(module)
    code, _ = files(tmp_path)
    code.unlink()
    code.mkdir()
    assert load(module) == ("compiler", False, [])


def test_an_entry_under_another_name_is_not_that_module(module, tmp_path, tmp_path_factory):
    """Sealed code of one module put in the place of another's."""
    other = built("wclap_hostile", tmp_path_factory.getbasetemp(), "-DTRAPS")
    load(other)
    trapping = files(tmp_path)
    bytes_of_other = [path.read_bytes() for path in trapping]
    for path in trapping:
        path.unlink()
    load(module)
    for path, data in zip(files(tmp_path), bytes_of_other, strict=True):
        path.write_bytes(data)
    assert load(module)[0] == "compiler"


def test_a_cache_of_another_machine_or_user_has_other_seals(module, tmp_path):
    load(module)
    (tmp_path / "data" / "wclap" / "cache.key").unlink()
    assert [load(module)[0] for _ in range(2)] == ["compiler", "cache"]


@pytest.mark.parametrize("which", ["cache", "data/wclap"])
def test_a_folder_that_others_can_write_to_is_not_used(module, tmp_path, which):
    load(module)
    (tmp_path / which).chmod(0o777)
    source, is_kept, warnings = load(module)
    assert (source, is_kept) == ("compiler", False)
    assert "can be written to by others (chmod go-w)" in warnings[0]
    assert str(tmp_path / "cache") in warnings[0]


@pytest.mark.parametrize("text", ["short", "x" * 100])
def test_a_key_that_is_none_makes_no_seals(module, tmp_path, text):
    (tmp_path / "data" / "wclap").mkdir(parents=True, mode=0o700)
    (tmp_path / "data" / "wclap" / "cache.key").write_text(text)
    assert load(module)[:2] == ("compiler", False)


def test_where_nothing_can_be_written_it_is_compiled_each_time(module, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for folder in (str(tmp_path / "file" / "cache"), "/proc/cache", str(tmp_path / "file")):
        monkeypatch.setenv("WCLAP_CACHE_DIR", folder)
        assert load(module) == ("compiler", False, [])


def test_a_full_disk_leaves_nothing_behind(module, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("isobooth.host.formats.wclap.private_files.os.fsync", full)
    assert load(module)[:2] == ("compiler", False)
    assert not list((tmp_path / "cache").iterdir())


def test_processes_that_compile_the_same_at_once_do_not_disturb_each_other(module, tmp_path):
    code = (
        "import sys\nfrom isobooth.host.formats.wclap.plugin import WclapEntry\n"
        "for _ in range(20):\n"
        "    entry = WclapEntry(sys.argv[1], for_use=False)\n"
        "    assert entry.is_kept\n"
        "    entry.release()\n"
        "    from pathlib import Path\n"
        "    for path in Path(sys.argv[2]).glob('*.cwasm'):\n"
        "        path.unlink(missing_ok=True)\n"
    )
    command = [sys.executable, "-c", code, str(module), str(tmp_path / "cache")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert not list((tmp_path / "cache").glob(".new-*"))
    load(module)
    assert load(module)[0] == "cache"


def test_what_is_old_or_too_much_goes(module, tmp_path, monkeypatch):
    load(module)
    monkeypatch.setenv("ISOBOOTH_WCLAP_INTERRUPT_MS", "1000")
    load(module)
    folder = tmp_path / "cache"
    (folder / "notes.txt").write_text("not the cache's")
    scratch = folder / f".new-{'0' * 16}"
    scratch.touch()
    now = time.time()
    first, second = sorted(folder.glob("*.cwasm"), key=lambda path: path.stat().st_mtime)
    for path, age in ((first, 7200), (Path(str(first).replace(".cwasm", ".meta.json")), 7200), (scratch, 7200)):
        os.utime(path, (now - age, now - age))
    with cache_module.Cache(make=False) as cache:
        cache.prune()
        assert [path.exists() for path in (first, second, scratch)] == [True, True, False]
        cache.prune(most_bytes=second.stat().st_blocks * 512 + 8192)
        assert [path.exists() for path in (first, second)] == [False, True]
        cache.prune(most_days=-1)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_use_keeps_an_entry_young(module, tmp_path):
    load(module)
    _, meta = files(tmp_path)
    os.utime(meta, (1, 1))
    assert load(module)[0] == "cache"
    assert meta.stat().st_mtime > time.time() - 3600


# -- the host's command ------------------------------------------------------------------------------------------------


def command(*arguments):
    words = [sys.executable, "-m", "isobooth.host", "--wclap-cache", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_the_host_lists_fills_and_empties_it(module, tmp_path):
    assert command("list") == (0, {"folder": str(tmp_path / "cache"), "entries": [], "trouble": ""})
    nothing = tmp_path / "nothing.wasm"
    for status in ("compiled", "cached"):
        code, report = command("warm", module, nothing)
        assert code == 3
        assert [one["status"] for one in report["entries"]] == [status, "failed"]
        assert "there is no file" in report["entries"][1]["trouble"]
    code, meta = files(tmp_path)
    assert [(one["status"], one["plugins"]) for one in command("list")[1]["entries"]] == [("sound", ["Hostile"])]
    change_code(code, meta)
    (listed,) = command("list")[1]["entries"]
    assert (listed["status"], listed["trouble"]) == ("unusable", "holds other code than its meta file says")
    assert [one["status"] for one in command("clear")[1]["entries"]] == ["removed"]
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("arguments", [(), ("warm",), ("list", "x"), ("grow",)])
def test_the_host_says_what_it_cannot_do_with_it(arguments):
    code, text = command(*arguments)
    assert code == 2
    assert "--wclap-cache" in text


# -- code that bundles bring -------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(module, tmp_path):
    """A bundle with code for this machine, and the path of that code."""
    load(module)
    code, meta = files(tmp_path)
    told = json.loads(meta.read_bytes())
    folder = tmp_path / "A.wclap"
    (folder / "precompiled").mkdir(parents=True)
    (folder / "module.wasm").write_bytes(module.read_bytes())
    shipped = folder / "precompiled" / f"{told['triple']}-{told['wasmtime']}.cwasm"
    shipped.write_bytes(code.read_bytes())
    for path in (code, meta):
        path.unlink()
    return folder, shipped


def test_code_of_a_bundle_is_not_used_unless_the_user_says_so(bundle, monkeypatch):
    folder, shipped = bundle
    source, _, warnings = load(folder)
    assert source == "compiler"
    assert f"precompiled/{shipped.name}" in warnings[0]
    assert "ISOBOOTH_WCLAP_PRECOMPILED=1" in warnings[0]
    monkeypatch.setenv("ISOBOOTH_WCLAP_PRECOMPILED", "1")
    assert load(folder) == ("bundle", False, [])
    shipped.write_bytes(b"garbage")
    source, _, warnings = load(folder)
    assert source == "cache"
    assert "compiled code that wasmtime does not take" in warnings[0]
    shipped.unlink()
    os.mkfifo(shipped)
    assert load(folder)[0] == "cache"


def test_code_of_a_bundle_counts_if_a_publisher_has_signed_it(bundle, tmp_path, monkeypatch):
    if importlib.util.find_spec("cryptography") is None:
        assert os.environ.get("CI") != "true"
        pytest.skip("the package cryptography is not installed")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    folder, shipped = bundle
    private = Ed25519PrivateKey.generate()
    public = tmp_path / "publisher.pem"
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setenv("ISOBOOTH_WCLAP_PUBLISHERS", str(public))
    assert "without a signature" in load(folder)[2][0]
    signature = Path(f"{shipped}.sig")
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in (folder / "module.wasm", shipped)]
    signature.write_bytes(private.sign(b"wclap-precompiled/1\0" + digests[0] + digests[1]))
    assert load(folder) == ("bundle", False, [])
    signature.write_bytes(private.sign(b"wclap-precompiled/1\0" + digests[1] + digests[0]))
    assert "none of the keys" in load(folder)[2][0]
    public.write_text("no key")
    assert "cannot be used" in load(folder)[2][0]
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert "isobooth-host[licensing]" in load(folder)[2][0]

import os
import time

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem
from isobooth.scan.cache import Cache, Entry, HostInfo, Identity, cache_folder, identify, loader_state
from isobooth.scan.entries import PluginEntry
from isobooth.scan.store import Damaged

SOME = Identity(1, 2, 3)


def entry(path="/x.so", **changes):
    plugin = PluginEntry.of(PluginDescriptor(format="ladspa", path=path, id="amp", name="Amp", description="loud"))
    found = Entry("ladspa", path, SOME, "1", int(time.time()), plugins=[plugin])
    return msgspec.structs.replace(found, **changes)


def saved(*entries):
    cache = Cache()
    for one in entries:
        cache.put(one)
    cache.save()


def test_what_was_put_comes_back_from_the_disk():
    saved(entry(), entry("/y.so", plugins=[], problems=[ScanProblem(path="/y.so", reason="no")]))
    again = Cache()
    known = again.get("ladspa", "/x.so", SOME, "1")
    assert known.plugins == entry().plugins
    assert known.plugins[0].description == "loud"
    assert again.get("ladspa", "/y.so", SOME, "1").problems[0].reason == "no"
    assert again.get("ladspa0", "/x.so", SOME, "1") is None


@pytest.mark.parametrize(
    ("identity", "host"), [(Identity(0, 2, 3), "1"), (Identity(1, 0, 3), "1"), (Identity(1, 2, 0), "1"), (SOME, "2")]
)
def test_another_file_or_host_makes_an_entry_void(identity, host):
    saved(entry())
    assert Cache().get("ladspa", "/x.so", identity, host) is None


def test_what_the_loader_refused_holds_until_libraries_change(monkeypatch, tmp_path):
    monkeypatch.setattr("isobooth.scan.cache._LOADER_CACHE", tmp_path / "ld.so.cache")
    saved(entry(loader=loader_state()), entry("/good.so"))
    assert Cache().get("ladspa", "/x.so", SOME, "1")
    (tmp_path / "ld.so.cache").touch()
    assert Cache().get("ladspa", "/x.so", SOME, "1") is None
    assert Cache().get("ladspa", "/good.so", SOME, "1")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
    assert Cache().get("ladspa", "/x.so", SOME, "1") is None


def test_two_processes_do_not_undo_each_other():
    first, second = Cache(), Cache()
    first.put(entry("/1.so"))
    second.put(entry("/2.so"))
    first.save()
    second.save()
    assert Cache().get("ladspa", "/1.so", SOME, "1")
    assert Cache().get("ladspa", "/2.so", SOME, "1")


def test_a_host_is_remembered_as_long_as_its_file_is_the_same():
    cache = Cache()
    cache.put_host(HostInfo(command="h", identity=SOME, version="1", formats=["clap"]))
    cache.save()
    assert Cache().host("h", SOME).formats == ["clap"]
    assert Cache().host("h", Identity(9, 9, 9)) is None


@pytest.mark.parametrize(
    "content", [b"", b"\xc1", b"garbage", b"\x80", msgspec.msgpack.encode({"version": "one"}), b"\x81\xa1\xff"]
)
def test_a_corrupt_cache_is_ignored_with_a_warning_and_replaced(content, caplog):
    cache_folder().mkdir(parents=True)
    (cache_folder() / "catalogue.cache").write_bytes(content)
    cache = Cache()
    assert "is ignored" in caplog.text
    cache.put(entry())
    cache.save()
    assert Cache().get("ladspa", "/x.so", SOME, "1")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_survived(tmp_path, data):
    folder = tmp_path / "damaged"
    good = Cache(folder)
    good.put(entry())
    good.save()
    raw = bytearray(good.file.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    good.file.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    found = Cache(folder).get("ladspa", "/x.so", SOME, "1")
    if found is not None:
        assert found.plugins == entry().plugins
        try:
            details = found.plugins[0].pack()
        except Damaged:
            return
        assert details == entry().plugins[0].pack()


def test_a_cache_of_another_version_counts_as_empty(caplog):
    cache_folder().mkdir(parents=True)
    (cache_folder() / "catalogue.cache").write_bytes(b"isobooth scan cache 99\nwhatever")
    assert Cache().get("ladspa", "/x.so", SOME, "1") is None
    assert caplog.text == ""


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file")
    cache.put(entry())
    cache.save()
    assert "cannot be written" in caplog.text


def test_a_failed_write_leaves_the_old_cache_and_no_scratch_file(monkeypatch, caplog):
    saved(entry("/old.so"))
    monkeypatch.setattr(os, "fdopen", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    cache = Cache()
    cache.put(entry("/new.so"))
    cache.save()
    monkeypatch.undo()
    assert "No space left" in caplog.text


def test_nothing_new_writes_nothing():
    Cache().save()
    assert not cache_folder().exists()


def test_a_file_is_told_from_its_successor(tmp_path):
    path = tmp_path / "x.so"
    path.write_text("one")
    before = identify(path)
    assert identify(path) == before
    path.write_text("other")
    assert identify(path) != before


def test_a_change_deep_in_a_bundle_is_seen(tmp_path):
    inner = tmp_path / "A.vst3" / "Contents" / "x86_64-linux" / "A.so"
    inner.parent.mkdir(parents=True)
    inner.write_text("one")
    (inner.parent / "broken").symlink_to("gone")
    before = identify(tmp_path / "A.vst3")
    assert identify(tmp_path / "A.vst3") == before
    os.utime(inner, ns=(1, 4_000_000_000_000_000_000))
    assert identify(tmp_path / "A.vst3") != before


def test_the_users_own_cache_folder_is_the_default(monkeypatch, tmp_path):
    monkeypatch.delenv("ISOBOOTH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "isobooth"

"""Folders, names and disks as no one wants them, and several scans at once; with real processes."""

import errno
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from isobooth.protocol.reports import CatalogueReport
from isobooth.protocol.schema import from_json, to_json
from isobooth.scan import probe as probe_module
from isobooth.scan import scan
from isobooth.scan import store as store_module
from isobooth.scan.cache import Cache, cache_folder
from isobooth.scan.looks import why_not

from .conftest import make_file

AMP = "/usr/lib/ladspa/amp.so"

JUNK = [
    b"",
    b"some text\n" * 100,
    "some text with ümlauts".encode(),
    b"MZ\x90\0" + bytes(60),
    b"!<arch>\n",
    b"#!/bin/sh\n",
    bytes(range(256)),
    b"\x7fEL",
]


def names(catalogue):
    return [one.name for one in catalogue]


def test_ten_thousand_files_that_are_no_plugins_cost_no_process(fake_host, files, probed):
    folder = files("good.clap", "good.so")
    for number in range(10_000):
        suffix = (".so", ".clap", ".vst3", ".txt")[number % 4]
        (folder / f"junk{number}{suffix}").write_bytes(JUNK[number // 4 % len(JUNK)])
    found = scan([folder], ["clap", "ladspa"])
    assert probed() == ["good.clap", "good.so"]
    assert sorted(names(found)) == ["good", "good"]
    assert len(found.problems) == 5_000
    assert {one.phase for one in found.problems} == {"look"}
    assert scan([folder], ["clap", "ladspa"]).problems == found.problems
    assert probed() == []


@pytest.mark.parametrize("content", JUNK)
@pytest.mark.parametrize("fmt", ["clap", "vst3", "vst2", "ladspa"])
def test_junk_is_named(fmt, content, tmp_path):
    assert why_not(fmt, make_file(tmp_path / "x.so", content)).startswith("it is no library, but a")
    assert why_not("ladspa0", tmp_path / "x.so") == ""


def test_a_library_of_another_kind_is_turned_away_unless_a_library_that_it_needs_may_bring_the_entry(tmp_path):
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    source = make_file(tmp_path / "x.c", b"int x(void) { return 0; }")
    entry = make_file(tmp_path / "entry.c", b"const void *ladspa_descriptor(unsigned long i) { return 0; }")
    subprocess.run([compiler, "-shared", "-fPIC", source, "-o", tmp_path / "plain.so"], check=True)
    subprocess.run([compiler, "-shared", "-fPIC", entry, "-o", tmp_path / "libentry.so"], check=True)
    needs = ["-Wl,--no-as-needed", f"-L{tmp_path}", "-lentry"]
    subprocess.run([compiler, "-shared", "-fPIC", source, "-o", tmp_path / "front.so", *needs], check=True)
    assert why_not("ladspa", tmp_path / "plain.so") == "it is a library, but exports no ladspa_descriptor"
    assert why_not("vst2", tmp_path / "plain.so") == "it is a library, but exports no VSTPluginMain"
    assert why_not("ladspa", tmp_path / "libentry.so") is None
    assert why_not("ladspa", tmp_path / "front.so") is None


def test_damaged_libraries_are_looked_at_without_harm(real_plugin, tmp_path):
    good = real_plugin(AMP).read_bytes()
    shuffle = random.Random(5)
    for number in range(300):
        bad = bytearray(good[: shuffle.randrange(len(good))] if number % 2 else good)
        for _ in range(shuffle.randrange(30)):
            if bad:
                bad[shuffle.randrange(min(len(bad), 4096))] = shuffle.randrange(256)
        reason = why_not("clap", make_file(tmp_path / "x.so", bytes(bad)))
        assert reason is None or reason.startswith("it is ")


@pytest.mark.parametrize("inside", [[], ["Contents"], ["Contents/x86_64-win"]])
def test_a_bundle_of_nothing_costs_no_process(inside, tmp_path):
    bundle = tmp_path / "A.vst3"
    bundle.mkdir()
    for name in inside:
        (bundle / name).mkdir(parents=True)
    assert (why_not("vst3", bundle) is None) == (inside == ["Contents/x86_64-win"])


def test_loops_broken_links_strange_names_and_special_files(fake_host, files):
    folder = files("a.clap", "deep/b.clap")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "self.clap").symlink_to("self.clap")
    (folder / "broken.clap").symlink_to("/no/such")
    os.mkfifo(folder / "pipe.clap")
    make_file(Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe/c.clap")))
    make_file(folder / "new\nline\t\x1b[31m.clap")
    make_file(folder / ("x" * 250 + ".clap"))
    found = scan([folder], ["clap"])
    assert sorted(Path(one.path).name[:4] for one in found) == ["a.cl", "b.cl", "new\n", "xxxx"]
    assert len(found.problems) == 4
    assert from_json(to_json(found.report()).encode(), CatalogueReport).problems == found.problems


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_a_problem(fake_host, files):
    folder = files("a.clap", "closed/b.clap")
    (folder / "closed").chmod(0)
    try:
        found = scan([folder])
    finally:
        (folder / "closed").chmod(0o700)
    assert names(found) == ["a"]
    assert "cannot be read" in found.problems[0].reason


def test_a_folder_that_vanishes_during_the_scan(fake_host, files, tmp_path):
    fake_host(
        "import shutil\n"
        f"shutil.rmtree({str(tmp_path / 'plugins')!r}, ignore_errors=True)\n"
        "report(plugins=[plugin(behaviour)])"
    )
    folder = files("a.clap", "b.clap", "sub/c.clap")
    found = scan([folder], ["clap"], jobs=1)
    assert "a" in names(found)
    assert not Path(folder).exists()


def test_a_cache_folder_that_cannot_be_used_is_said_and_no_harm(
    fake_host, files, probed, monkeypatch, tmp_path, caplog
):
    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", "/proc/no-such-place")
    folder = files("a.clap")
    for _ in range(2):
        assert names(scan([folder], ["clap"])) == ["a"]
        assert probed() == ["a.clap"]
    assert "the scan cache /proc/no-such-place/catalogue.cache cannot be written" in caplog.text


def test_a_user_without_a_home_folder(fake_host, files, monkeypatch, caplog):
    for variable in ("HOME", "ISOBOOTH_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("isobooth.scan.cache._NO_HOME", Path("/proc/nonexistent"))
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])
    assert names(scan([files("a.clap")], ["clap"])) == ["a"]
    assert caplog.text.count("cannot be written") == 1


def test_a_file_that_may_not_be_read_is_tried_again_when_it_may(fake_host, files, probed, monkeypatch):
    folder = files("a.clap", "b.clap")
    may, closed = os.access, {f"{folder}/b.clap"}
    monkeypatch.setattr(os, "access", lambda path, mode: may(path, mode) and str(path) not in closed)
    found = scan([folder], ["clap"])
    assert names(found) == ["a"]
    assert [(one.path, one.reason) for one in found.problems] == [
        (f"{folder}/b.clap", "cannot be read: permission denied")
    ]
    closed.clear()
    probed()
    assert names(scan([folder], ["clap"])) == ["a", "b"]
    assert probed() == ["b.clap"]


def test_a_full_disk(fake_host, files, monkeypatch, caplog):
    folder = files("a.clap")

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_module.tempfile, "mkstemp", full)
    assert names(scan([folder], ["clap"])) == ["a"]
    assert "No space left on device" in caplog.text


def test_reports_go_through_memory_where_there_is_room(monkeypatch):
    assert probe_module._scratch() in {"/dev/shm", None}
    monkeypatch.setattr(probe_module, "_SHARED_MEMORY", Path("/no/such"))
    assert probe_module._scratch() is None


def test_details_that_are_damaged_are_found_out_again(fake_host, files, probed):
    folder = files("a.clap")
    before = scan([folder], ["clap"])
    probed()
    file = Cache().file
    file.write_bytes(file.read_bytes()[:-1])
    found = scan([folder], ["clap"])
    assert probed() == []
    assert found.plugins[0].describe() == before.plugins[0].describe()
    assert found.plugins[0].parameters == []
    assert probed() == ["a.clap"]


@pytest.mark.parametrize("what", ["pipe", "folder", "link", "long", "cut"])
def test_a_cache_file_that_is_none(fake_host, files, what, monkeypatch, caplog):
    cache_folder().mkdir(parents=True)
    target = cache_folder() / "catalogue.cache"
    if what == "pipe":
        os.mkfifo(target)
    elif what == "folder":
        target.mkdir()
    elif what == "link":
        target.symlink_to("/dev/zero")
    elif what == "long":
        store_module.write(target, b"\x92\x90\x90", [])
        monkeypatch.setattr(store_module, "MOST_BYTES", 2)
    else:
        target.write_bytes(store_module._MAGIC)
    assert names(scan([files("a.clap")], ["clap"])) == ["a"]
    assert "is ignored" in caplog.text


SCAN = "import sys; from isobooth.scan import scan; print(len(scan(sys.argv[1:], ['clap'], jobs=2)))"


def test_scans_at_once_do_not_undo_each_other(fake_host, files):
    folders = []
    for number in range(4):
        folder = files(*(f"{number}/{name}.clap" for name in "abcdef")) / str(number)
        folders.append(folder)
    every = [subprocess.Popen([sys.executable, "-c", SCAN, one], stdout=subprocess.PIPE, text=True) for one in folders]
    assert [one.communicate(timeout=100)[0] for one in every] == ["6\n"] * 4
    known = {entry.path for entry in Cache().entries()}
    assert known == {f"{folder}/{name}.clap" for folder in folders for name in "abcdef"}
    assert not list(cache_folder().glob(".catalogue-*"))


def test_a_reader_never_meets_half_a_cache(fake_host, files, caplog):
    folder = files(*(f"{number}.clap" for number in range(10)))
    stop = threading.Event()

    def read():
        while not stop.is_set():
            Cache()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3):
            assert len(scan([folder], ["clap"], rescan=True)) == 10
    finally:
        stop.set()
        reader.join()
    assert caplog.text == ""

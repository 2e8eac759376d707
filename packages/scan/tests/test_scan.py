import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from isobooth.protocol.errors import (
    ArgumentError,
    ArgumentTypeError,
    HostFailed,
    HostNotFound,
    PluginLoadError,
    PluginNotFound,
    UnsupportedFormat,
)
from isobooth.scan import find_plugin, scan
from isobooth.scan.cache import Cache

from .conftest import LIKE_A_PLUGIN, make_file


def names(catalogue):
    return [one.name for one in catalogue]


def test_every_format_that_the_host_can_load_is_searched(fake_host, only_here, probed):
    for name in (".clap/a.clap", ".ladspa/b.so", ".vst3/c.vst3"):
        make_file(only_here / name)
    found = scan()
    assert names(found) == ["a", "b"]
    assert found.problems == []
    assert probed() == ["a.clap", "b.so"]


def test_the_second_scan_starts_no_process(fake_host, files, probed):
    folder = files("a.clap", "b.clap")
    first = scan([folder])
    assert probed() == ["a.clap", "b.clap"]
    second = scan([folder])
    assert probed() == []
    assert second.plugins == first.plugins


def test_a_changed_file_and_rescan_start_one(fake_host, files, probed):
    folder = files("a.clap", "b.clap")
    scan([folder])
    probed()
    make_file(folder / "b.clap", LIKE_A_PLUGIN + b"new")
    scan([folder])
    assert probed() == ["b.clap"]
    scan([folder], rescan=True)
    assert probed() == ["a.clap", "b.clap"]


def test_another_version_of_the_host_looks_again(fake_host, files, probed, monkeypatch, tmp_path):
    folder = files("a.clap")
    scan([folder])
    probed()
    monkeypatch.setenv("FAKE_VERSION", "fake 2")
    os.utime(tmp_path / "fake-host", ns=(1, 1))  # as an upgrade does
    scan([folder])
    assert probed() == ["a.clap"]


def test_a_removed_file_is_gone_from_the_catalogue(fake_host, files):
    folder = files("a.clap", "b.clap")
    scan([folder])
    (folder / "a.clap").unlink()
    assert names(scan([folder])) == ["b"]


def test_one_bad_file_spoils_only_itself(fake_host, files, probed):
    fake_host(
        "if behaviour == 'crash': os.kill(os.getpid(), signal.SIGSEGV)\n"
        "if behaviour == 'exit': os._exit(0)\n"
        "report(plugins=[plugin(behaviour)])"
    )
    folder = files("a.clap", "crash.clap", "exit.clap", "z.clap")
    found = scan([folder])
    assert names(found) == ["a", "z"]
    assert [Path(one.path).name for one in found.problems] == ["crash.clap", "exit.clap"]
    probed()
    assert [one.reason for one in scan([folder]).problems] == [one.reason for one in found.problems]
    assert probed() == []  # what crashes is not tried again by itself


def test_what_the_loader_refused_is_tried_again_when_libraries_change(fake_host, files, probed, monkeypatch, tmp_path):
    monkeypatch.setattr("isobooth.scan.cache._LOADER_CACHE", tmp_path / "ld.so.cache")
    fake_host("report(errors=[{'path': option('--path'), 'reason': 'no libfoo', 'phase': 'load'}]); sys.exit(3)")
    folder = files("a.clap")
    assert scan([folder]).problems[0].reason == "no libfoo"
    probed()
    assert scan([folder]).problems[0].reason == "no libfoo"
    assert probed() == []
    fake_host()
    (tmp_path / "ld.so.cache").touch()
    assert names(scan([folder])) == ["a"]


def test_a_hang_costs_its_timeout_once(fake_host, files, probed, monkeypatch):
    monkeypatch.setattr("isobooth.scan.probe._GRACE_SECONDS", 0.0)
    monkeypatch.setattr("isobooth.scan.probe._TOTAL", 1)
    fake_host("time.sleep(1000 if behaviour == 'hang' else 0); report(plugins=[plugin(behaviour)])")
    folder = files("a.clap", "hang.clap")
    found = scan([folder], timeout=1.0)
    assert names(found) == ["a"]
    assert "was killed" in found.problems[0].reason
    probed()
    scan([folder], timeout=1.0)
    assert probed() == []


def test_an_empty_report_is_neither_a_plugin_nor_a_problem(fake_host, files, probed):
    fake_host("report()")
    folder = files("a.so")
    for expected in (["a.so"], []):
        found = scan([folder])
        assert (len(found), found.problems, probed()) == (0, [], expected)


def test_progress_is_told_in_the_callers_thread(fake_host, files):
    folder = files("a.clap", "b.clap")
    told = []
    scan([folder], progress=lambda *step: told.append((threading.current_thread(), *step)))
    assert {step[0] for step in told} == {threading.current_thread()}
    assert [step[1:3] for step in told] == [(0, 2), (1, 2), (2, 2)]
    assert {Path(step[3]).name for step in told[1:]} == {"a.clap", "b.clap"}


def test_an_error_in_the_progress_ends_the_scan_cleanly(fake_host, files):
    folder = files("a.clap", "b.clap")
    with pytest.raises(ZeroDivisionError):
        scan([folder], progress=lambda *_: 1 / 0)
    assert not [one for one in threading.enumerate() if one.name.startswith("isobooth-scan")]


def test_names_that_are_not_utf8_are_problems(fake_host, files):
    folder = files("a.clap")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.clap")).touch()
    found = scan([folder])
    assert names(found) == ["a"]
    assert "not UTF-8" in found.problems[0].reason


def test_files_can_be_named_one_by_one(fake_host, files):
    folder = files("a.clap", "b.so", "notes.txt")
    found = scan([folder / "a.clap", str(folder / "b.so"), folder / "notes.txt"])
    assert names(found) == ["a", "b"]
    assert found.problems[0].path == f"{folder}/notes.txt"


def test_a_path_that_does_not_exist_is_an_error(fake_host):
    for path in ("/no/such", "", "a\0b"):
        with pytest.raises(PluginNotFound, match="no file or folder"):
            scan([path])


def test_wrong_arguments_are_named(fake_host, files):
    for number in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="timeout"):
            scan(timeout=number)
    with pytest.raises(ArgumentError, match="jobs"):
        scan(jobs=0)
    with pytest.raises(ArgumentTypeError, match="one value where a list is due"):
        scan("/usr/lib/clap")
    with pytest.raises(ArgumentTypeError, match="one value where a list is due"):
        scan(formats="clap")
    with pytest.raises(ArgumentTypeError, match="is no path"):
        scan([7])
    with pytest.raises(UnsupportedFormat, match="did you mean 'clap'"):
        scan(formats=["clapp"])
    with pytest.raises(UnsupportedFormat, match=r"cannot load vst3 plugins - it can load clap, ladspa"):
        scan(formats=["vst3"])


def test_a_host_that_is_none_is_named(fake_host, monkeypatch):
    monkeypatch.setenv("FAKE_FORMATS", "usage: what?")
    with pytest.raises(HostFailed, match="did not print a list of formats"):
        scan()
    monkeypatch.setenv("ISOBOOTH_HOST", "/no/such/host")
    with pytest.raises(HostNotFound):
        scan()


def test_a_host_of_one_word_is_asked_once(fake_host, files, monkeypatch):
    folder = files("a.clap")
    scan([folder])
    monkeypatch.setenv("FAKE_FORMATS", "[]")
    assert names(scan([folder])) == ["a"]


def test_formats_of_a_newer_host_are_passed_over(fake_host, files, monkeypatch):
    monkeypatch.setenv("FAKE_FORMATS", '["clap", "next"]')
    assert names(scan([files("a.clap", "b.so")])) == ["a"]


SLOW_SCAN = """
import sys
from isobooth.scan import scan
scan([sys.argv[1]], jobs=2, progress=lambda done, *_: print(done, flush=True))
"""


def test_ctrl_c_ends_all_processes_and_leaves_a_valid_cache(fake_host, files, probed, tmp_path):
    fake_host(
        f"open({str(tmp_path)!r} + '/pid-' + behaviour, 'w').write(str(os.getpid()))\n"
        "time.sleep(1000 if behaviour.startswith('slow') else 0)\n"
        "report(plugins=[plugin(behaviour)])"
    )
    folder = files("a.clap", "slow1.clap", "slow2.clap", "z.clap")
    command = [sys.executable, "-c", SLOW_SCAN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "0\n"
        assert process.stdout.readline() == "1\n"
        deadline = time.monotonic() + 20
        while not (tmp_path / "pid-slow2").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    for name in ("slow1", "slow2"):
        text = (tmp_path / f"pid-{name}").read_text()
        assert not text or not Path(f"/proc/{text}").exists()
    known = [Path(path).name for _, path in Cache()._entries]
    assert known == ["a.clap"]


def test_a_plugin_is_found_by_name_and_by_path(fake_host, only_here, files):
    make_file(only_here / ".clap" / "Zam.clap")
    assert find_plugin("zam").name == "Zam"
    assert find_plugin("clap:Zam").name == "Zam"
    folder = files("other.clap")
    assert find_plugin(f"{folder}/other.clap#other").name == "other"
    assert find_plugin(folder / "other.clap").name == "other"
    with pytest.raises(PluginNotFound, match="did you mean 'Zam'"):
        find_plugin("Zamm")


def test_only_the_named_file_is_looked_into(fake_host, files, probed):
    folder = files("a.clap", "b.clap")
    find_plugin(f"{folder}/a.clap")
    assert probed() == ["a.clap"]


def test_a_file_that_cannot_be_loaded_says_why(fake_host, files):
    fake_host("report(errors=[{'path': option('--path'), 'reason': 'file too short', 'phase': 'load'}])")
    folder = files("a.so", "b.vst3", "c.txt")
    with pytest.raises(PluginLoadError, match=r"a\.so holds no plugin .* tried: as ladspa - cause: file too short"):
        find_plugin(folder / "a.so")
    with pytest.raises(UnsupportedFormat, match="cannot load vst3"):
        find_plugin(folder / "b.vst3")
    with pytest.raises(PluginLoadError, match="tried: as clap; as ladspa"):
        find_plugin(folder / "c.txt")
    with pytest.raises(PluginNotFound, match="no file or folder /no/such"):
        find_plugin("/no/such.so#x")
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/\xff.so"))
    strange.touch()
    with pytest.raises(PluginLoadError, match="not UTF-8"):
        find_plugin(strange)


def test_an_unknown_id_in_a_file_is_named(fake_host, files):
    with pytest.raises(PluginNotFound, match="it holds a"):
        find_plugin(f"{files('a.clap')}/a.clap#nothing-like-it")

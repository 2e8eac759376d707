import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.scan.find import MOST_DEPTH, candidates, printable

from .conftest import make_file


def found(name, folder, *more):
    problems = []
    names = [str(path.relative_to(folder)) for path in candidates(name, [folder, *more], problems)]
    return names, problems


def test_clap_files_in_all_sub_folders_but_no_folder_of_that_name(files):
    folder = files("b.clap", "a.clap", "x/y/z.clap", "ProM.clap/ProM.clap", "c.so", "._d.clap", "x/clap")
    assert found("clap", folder) == (["ProM.clap/ProM.clap", "a.clap", "b.clap", "x/y/z.clap"], [])


def test_vst3_bundles_and_single_files_but_not_what_is_in_bundles(files):
    folder = files(
        "A.vst3/Contents/x86_64-linux/A.so", "A.vst3/Contents/B.vst3", "IEM/C.vst3/Contents/x", "d.vst3", "e.so"
    )
    assert found("vst3", folder) == (["A.vst3", "IEM/C.vst3", "d.vst3"], [])


@pytest.mark.parametrize("inner", ["", "/Contents", "/Contents/x86_64-linux", "/Contents/x86_64-linux/A.so"])
def test_a_path_into_a_vst3_bundle_stands_for_the_bundle(files, inner):
    folder = files("A.vst3/Contents/x86_64-linux/A.so", "B.vst3")
    given = Path(f"{folder}/A.vst3{inner}")
    assert list(candidates("vst3", [given])) == [folder / "A.vst3"]
    if inner:
        assert not any(list(candidates(name, [given])) for name in ("clap", "vst2", "ladspa", "lv2"))


def test_lv2_bundles_are_folders_with_a_manifest_one_level_deep(files):
    folder = files("a.lv2/manifest.ttl", "b/manifest.ttl", "c/d.lv2/manifest.ttl", "e.lv2/e.so", "f.ttl")
    names, problems = found("lv2", folder)
    assert names == ["a.lv2", "b"]
    assert [(Path(one.path).name, "manifest.ttl" in one.reason) for one in problems] == [("e.lv2", True)]


@pytest.mark.parametrize("name", ["ladspa", "ladspa0"])
def test_ladspa_is_flat(name, files):
    folder = files("b.so", "a.so", "sub/c.so", "d.so.1", "e.txt")
    assert found(name, folder) == (["a.so", "b.so"], [])


def test_vst2_is_searched_in_all_sub_folders(files):
    folder = files("a.so", "sub/b.so", "sub/b.dll")
    assert found("vst2", folder) == (["a.so", "sub/b.so"], [])


def test_wclap_skips_its_cache_and_the_inside_of_bundles(files):
    folder = files("A.wclap/module.wasm", "cache/x.wasm", "sub/cache/y.wclap", "b.wclap", "c.wasm", "d.cwasm")
    assert found("wclap", folder) == (["A.wclap", "b.wclap", "c.wasm", "sub/cache/y.wclap"], [])


def test_a_file_or_bundle_among_the_paths_is_itself_a_candidate(files):
    folder = files("a.clap", "b.so", "C.vst3/Contents/x", "e.lv2/manifest.ttl")
    for name, path in (("clap", "a.clap"), ("ladspa", "b.so"), ("vst3", "C.vst3"), ("lv2", "e.lv2")):
        assert list(candidates(name, [folder / path])) == [folder / path]
    assert list(candidates("clap", [folder / "b.so"])) == []


def test_what_is_not_there_is_passed_over(tmp_path):
    problems = []
    assert list(candidates("clap", [tmp_path / "none", tmp_path / "file" / "below"], problems)) == []
    assert problems == []


def test_loops_of_links_end_and_a_folder_is_searched_once(files):
    folder = files("x/a.clap")
    (folder / "x" / "loop").symlink_to(folder)
    (folder / "lib64").symlink_to(folder / "x")
    (folder / "self").symlink_to("self")
    names, problems = found("clap", folder, folder / "x")
    assert [Path(name).name for name in names] == ["a.clap"]
    assert problems == []


def test_a_broken_link_of_the_right_name_is_reported(files):
    folder = files("a.clap")
    (folder / "b.clap").symlink_to("gone")
    (folder / "c.txt").symlink_to("gone")
    (folder / "d.clap").symlink_to("d.clap")
    names, problems = found("clap", folder)
    assert names == ["a.clap"]
    assert {Path(one.path).name: one.reason for one in problems} == {
        "b.clap": "a link to gone, which does not exist",
        "d.clap": "Too many levels of symbolic links",
    }


def test_a_broken_link_among_the_paths_is_reported(files):
    folder = files("a.clap")
    (folder / "b").symlink_to("gone")
    _, problems = found("clap", folder / "b")
    assert "does not exist" in problems[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_reported(files):
    folder = files("a.clap", "closed/b.clap")
    (folder / "closed").chmod(0)
    try:
        names, problems = found("clap", folder)
    finally:
        (folder / "closed").chmod(0o755)
    assert names == ["a.clap"]
    assert problems[0].path.endswith("closed")
    assert "Permission denied" in problems[0].reason


def test_a_folder_that_cannot_be_listed_is_reported(files, monkeypatch):
    folder = files("a.clap", "closed/b.clap")
    listing = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    names, problems = found("clap", folder)
    assert names == ["a.clap"]
    assert problems[0].reason == "the folder cannot be read: Permission denied"


def test_a_name_that_is_not_utf8_is_reported_and_passed_over(files):
    folder = files("a.clap")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.clap")).touch()
    names, problems = found("clap", folder)
    assert names == ["a.clap"]
    assert problems[0].path == f"{folder}/\\xff\\xfe.clap"
    assert "not UTF-8" in problems[0].reason


def test_plugins_below_a_folder_that_is_not_utf8_are_reported(files):
    folder = files("a.clap")
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/\xff"))
    strange.mkdir()
    (strange / "b.clap").touch()
    names, problems = found("clap", folder)
    assert names == ["a.clap"]
    assert problems[0].path == f"{folder}/\\xff/b.clap"


def test_a_pipe_is_never_opened_but_reported(files):
    folder = files("a.clap")
    os.mkfifo(folder / "b.clap")
    names, problems = found("clap", folder)
    assert names == ["a.clap"]
    assert "pipe" in problems[0].reason


def test_depth_is_bounded(files):
    folder = files("/".join(["d"] * (MOST_DEPTH + 3)) + "/a.clap", "b.clap")
    names, problems = found("clap", folder)
    assert names == ["b.clap"]
    assert "folders deep" in problems[0].reason


@settings(deadline=None, max_examples=30)
@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda name: not set(name) & {0, 0x2F}), max_size=5))
def test_any_name_on_the_disk_is_survived(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("any")
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name + b".so")).touch()
    problems = []
    good = list(candidates("vst2", [folder], problems))
    made = {name for name in names if not name.startswith(b"._")}
    assert len(good) + len(problems) == len(made)
    for path in good:
        str(path).encode("utf-8")
    for one in problems:
        one.path.encode("utf-8")


def test_printable_keeps_utf8_as_it_is():
    assert printable("/ü/ä.so") == "/ü/ä.so"


@pytest.mark.parametrize("name", ["X.vst3", "x.lv2", "x.wclap"])
def test_what_lies_in_a_bundle_of_another_format_is_no_candidate(tmp_path, name):
    make_file(tmp_path / name / "inside" / "x.so")
    make_file(tmp_path / name / "y.clap")
    for fmt in ("vst2", "clap"):
        for top in (tmp_path, tmp_path / name):
            assert list(candidates(fmt, [top])) == []

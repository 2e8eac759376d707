"""Presets of CLAPs: found by a scan, loaded by their ids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isobooth.host.formats.clap import plugin
from isobooth.host.formats.clap.crawl import Crawl
from isobooth.host.formats.clap.plugin import scan
from isobooth.host.formats.clap.preset_load import FILE, PLUGIN, parse_preset_id, preset_id
from isobooth.protocol.abilities import PresetLoaded
from isobooth.protocol.descriptors import PresetInfo, ScanReport
from isobooth.protocol.errors import PluginError
from isobooth.protocol.messages import Log

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled
from clap_rich import COMPAT, NAME, notices, seen, tell, without


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def booth(folder):
    with Booth(compiled(NAME, folder), folder) as made:
        yield made


def scanned(path, presets, monkeypatch):
    """Presets by id and what the scan complained of."""
    monkeypatch.setenv("RICH_PRESETS", str(presets))
    report = ScanReport(format="clap", path=str(path))
    scan(str(path), report)
    assert report.errors == []
    (described,) = report.plugins
    return {preset.id: preset for preset in described.presets}, [w.reason for w in report.warnings if not w.plugin_id]


PROVIDERS = [
    "its preset provider 'Refuses' could not be started: its init() returned false",
    "its preset provider 'Nothing' could not be created",
    "its preset provider 3 has no description and was left out",
]
INSIDE = {
    "plugin:#soft": PresetInfo(id="plugin:#soft", name="Soft", bank="Pack One"),
    "plugin:#loud": PresetInfo(id="plugin:#loud", name="Loud", is_factory=False),
}


# -- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "location", "key", "written"),
    [
        (FILE, "/a/b.rich", None, "file:/a/b.rich"),
        (FILE, "/a/b.rich", "", "file:/a/b.rich#"),
        (FILE, "/50%/C#/x", "k#1 %23", "file:/50%25/C%23/x#k#1 %23"),
        (PLUGIN, "", "soft", "plugin:#soft"),
        (PLUGIN, "", None, "plugin:"),
    ],
)
def test_an_id_says_all_that_loading_takes(kind, location, key, written):
    assert preset_id(kind, location, key) == written
    assert parse_preset_id(written) == (kind, location, key)


@pytest.mark.parametrize("wrong", ["", "file:", "file:#x", "plugin:/a#b", "soft", "http://x", "plugin"])
def test_other_texts_are_no_ids(wrong):
    assert parse_preset_id(wrong) is None


# -- discovery -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), (COMPAT,)])
def test_a_scan_lists_presets_of_files_and_of_the_plugin(folder, tmp_path, monkeypatch, flags):
    bank = tmp_path / "b" / "bank #1.RICH"
    bank.parent.mkdir()
    bank.write_text(
        "preset Warm|k1\nplugin test.rich\ncreator Ann\ncreator Bob\ndescription A sound\nfeature pad\nfeature pad\n"
        "feature warm\npack pack.one\nflags 1\npreset Cold|k2\nplugin test.rich\nplugin test.other\npack pack.two\n"
        "preset Foreign|k3\nforeign 42\npreset Other|k4\nplugin test.other\n"
    )
    (tmp_path / "one.rich").write_text("preset\n")
    (tmp_path / "no.txt").write_text("preset Wrong\nplugin test.rich\n")
    (tmp_path / ".hidden.rich").write_text("preset Hidden\nplugin test.rich\n")
    (tmp_path / "b" / "again").symlink_to(tmp_path)
    found, warnings = scanned(compiled(NAME, folder, *flags), tmp_path, monkeypatch)
    where = str(bank).replace("#", "%23")
    assert found == {
        **INSIDE,
        f"file:{tmp_path}/one.rich": PresetInfo(
            id=f"file:{tmp_path}/one.rich", name="one", path=f"{tmp_path}/one.rich", is_factory=False
        ),
        f"file:{where}#k1": PresetInfo(
            id=f"file:{where}#k1",
            name="Warm",
            path=str(bank),
            bank="Pack One",
            author="Ann, Bob",
            description="A sound",
            features=["pad", "warm"],
        ),
        f"file:{where}#k2": PresetInfo(
            id=f"file:{where}#k2", name="Cold", path=str(bank), bank="pack.two", is_factory=False
        ),
    }
    assert warnings == PROVIDERS


def test_files_that_cannot_be_read_are_warnings(folder, tmp_path, monkeypatch):
    (tmp_path / "a.rich").write_text("preset A\nplugin test.rich\nerror the end is missing\n")
    (tmp_path / "b.rich").write_text("preset B\nplugin test.rich\nfail\n")
    (tmp_path / "c.rich").write_text("plugin test.rich\npreset C\n")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xff.rich")).write_text("preset D\nplugin test.rich\n")
    found, warnings = scanned(compiled(NAME, folder), tmp_path, monkeypatch)
    assert [preset.name for preset in found.values()] == ["Soft", "Loud", "A", "C"]
    assert [w for w in warnings if w not in PROVIDERS] == [
        f"presets '{tmp_path}/a.rich': the end is missing",
        f"presets '{tmp_path}/b.rich' could not be read: get_metadata() returned false",
        f"preset '{tmp_path}/d\ufffd.rich' was left out: the name of its file is not UTF-8",
    ]


def test_a_folder_that_is_not_there_and_a_single_file_are_locations_too(folder, tmp_path, monkeypatch):
    found, warnings = scanned(compiled(NAME, folder), tmp_path / "none", monkeypatch)
    assert found == INSIDE
    assert warnings == PROVIDERS
    single = tmp_path / "single.txt"
    single.write_text("preset Single\n")
    found, warnings = scanned(compiled(NAME, folder), single, monkeypatch)
    assert [preset.name for preset in found.values()] == ["Soft", "Loud", "Single"]


def test_too_many_presets_are_said(folder, tmp_path, monkeypatch):
    from isobooth.host.formats.clap import presets

    monkeypatch.setattr(presets, "MOST_PRESETS", 3)
    (tmp_path / "a.rich").write_text("preset A|1\nplugin test.rich\npreset B|2\nplugin test.rich\n")
    found, warnings = scanned(compiled(NAME, folder), tmp_path, monkeypatch)
    assert [preset.name for preset in found.values()] == ["Soft", "Loud"]
    assert "it has more than 3 presets; the rest was left out" in warnings


def test_the_scan_of_the_command_line_has_all_of_it(folder, tmp_path):
    (tmp_path / "a.rich").write_text("preset A|1\nplugin test.rich\n")
    path = compiled(NAME, folder)
    done = subprocess.run(
        [sys.executable, "-m", "isobooth.host", "--scan", "--format", "clap", "--path", str(path)],
        env={**os.environ, "RICH_PRESETS": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    (described,) = json.loads(done.stdout)["plugins"]
    assert [preset["name"] for preset in described["presets"]] == ["Soft", "Loud", "A"]
    assert described["voices"] == {"count": 8, "capacity": 16, "can_overlap": True}
    assert described["layouts"] == ["All mono", "All stereo", "Never"]
    assert [page["id"] for page in described["pages"]] == [70, 71]
    assert [name["key"] for name in described["note_names"]] == [36, 38]
    assert "latency" not in described


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("crash", "the plugin died of SIGKILL"),
        ("exit", "the plugin ended the process with exit status 7"),
        ("hang", "that took more than 0.5 s"),
    ],
)
def test_a_preset_of_which_the_plugin_dies_takes_only_the_presets_away(folder, tmp_path, monkeypatch, line, reason):
    discover = plugin.discover
    monkeypatch.setattr(plugin, "discover", lambda factory: discover(factory, 0.5 if line == "hang" else 15.0))
    (tmp_path / "bad.rich").write_text(f"preset Bad\n{line}\n")
    found, warnings = scanned(compiled(NAME, folder), tmp_path, monkeypatch)
    assert found == {}
    assert warnings == [f"its presets are not known: while they were looked for, {reason}"]


# -- the crawl -----------------------------------------------------------------------------------------------------


def crawled(start, extensions=frozenset({"x"}), **bounds):
    said = []
    files = Crawl(said.append, **bounds).files(str(start), set(extensions))
    return [os.path.relpath(path, start) for path in files], said


def test_a_crawl_is_bounded_in_depth_and_number_and_time(tmp_path):
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    for parent in (tmp_path, *deep.parents[:2], deep):
        (parent / "f.x").touch()
    assert crawled(tmp_path) == (["f.x", "1/f.x", "1/2/f.x", "1/2/3/f.x"], [])
    files, said = crawled(tmp_path, depth=2)
    assert files == ["f.x", "1/f.x", "1/2/f.x"]
    assert said == [f"presets more than 2 folders deep were left out: '{tmp_path}/1/2'"]
    files, said = crawled(tmp_path, most=3)
    assert files in (["f.x"], ["f.x", "1/f.x"])
    assert said == ["presets were left out: there are more than 3 files and folders to look at"]
    said = []
    crawl = Crawl(said.append, seconds=0.01)
    time.sleep(0.02)
    assert list(crawl.files(str(tmp_path), {"x"})) == []
    assert said == [f"presets were left out from '{tmp_path}/1' on: 0.01 s had passed"]


def test_a_crawl_knows_types_and_cycles(tmp_path):
    for name in ("a.x", "b.X", "c.y", "d", "e.tar.x"):
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "dangling.x").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.x")
    assert crawled(tmp_path) == (["a.x", "b.X", "e.tar.x"], [])
    assert crawled(tmp_path, {"tar.x", "y"})[0] == ["c.y", "e.tar.x"]
    assert crawled(tmp_path, {""})[0] == ["a.x", "b.X", "c.y", "d", "e.tar.x"]
    files, said = crawled(tmp_path, set())
    assert files == []
    assert said == [f"presets in '{tmp_path}' were left out: it declares no type of preset file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path):
    (tmp_path / "shut").mkdir(mode=0)
    assert crawled(tmp_path) == ([], [f"presets in '{tmp_path}/shut' were left out: Permission denied"])


# -- loading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), (COMPAT,)])
@pytest.mark.parametrize("is_active", [False, True])
def test_presets_are_loaded_by_id_and_by_path(folder, tmp_path, flags, is_active):
    file = tmp_path / "a#b.rich"
    file.touch()
    with Booth(compiled(NAME, folder, *flags), folder) as booth:
        if is_active:
            booth.start()
            notices(booth)
        booth.plugin.load_preset("plugin:#loud", "")
        assert booth.plugin.values() == {1: 1.0}
        booth.plugin.load_preset("", str(file))
        assert booth.plugin.values() == {1: 0.25}
        booth.plugin.load_preset(preset_id(FILE, str(file), " k "), "")
        booth.plugin.load_preset("key", str(file))
        booth.plugin.load_preset("file:/where/it/was.rich#k2", str(file))
        assert notices(booth) == []  # the client asked for them: it knows
        assert seen(booth) == [
            "from_location 1 NULL loud",
            f"from_location 0 {file} NULL",
            f"from_location 0 {file}  k ",
            f"from_location 0 {file} key",
            f"from_location 0 {file} k2",
        ]


def test_a_preset_that_does_not_load_is_an_error_in_the_plugins_words(booth, tmp_path):
    one = booth.plugin
    for preset, path, text in (
        ("plugin:#no", "", r"'Rich' could not load preset 'plugin:#no': no such preset$"),
        ("plugin:", "", r"its from_location\(\) returned false and it gave no reason"),
        ("", f"{tmp_path}/none", r"the file does not open \(No such file or directory\)"),
        ("", "relative.rich", "give the absolute path"),
        ("nonsense", "", "'nonsense' is not a preset of 'Rich'"),
        ("plugin:#a\0b", "", "is not a preset"),
        ("", "/a\0b", "give the absolute path"),
    ):
        with pytest.raises(PluginError, match=text):
            one.load_preset(preset, path)
    assert one.values() == {1: 0.5}
    assert notices(booth) == []


def test_what_the_plugin_loads_by_itself_is_told(booth):
    assert tell(booth, "loaded") == [
        PresetLoaded(id="file:/sounds/a%23b.rich# key ", path="/sounds/a#b.rich"),
        Log(level="error", text="it could not load a preset (inside the plugin): gone"),
    ]


def test_a_plugin_that_loads_no_presets_says_so(folder):
    with (
        Booth(compiled(NAME, folder, without("clap.preset-load")), folder) as booth,
        pytest.raises(PluginError, match="'Rich' cannot load preset 'plugin:#soft': it lacks CLAP's preset-load"),
    ):
        booth.plugin.load_preset("plugin:#soft", "")

import pytest

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.errors import UnsupportedFormat
from isobooth.scan import search_paths
from isobooth.scan.paths import multiarch

FOLDERS = {"clap": "clap", "vst3": "vst3", "lv2": "lv2", "vst2": "vst", "ladspa": "ladspa", "wclap": "wclap"}


def texts(name):
    return [str(path) for path in search_paths(name)]


@pytest.mark.parametrize(("name", "folder"), FOLDERS.items())
def test_home_comes_first_then_every_kind_of_lib(name, folder, tmp_path):
    found = texts(name)
    assert found[0] == f"{tmp_path}/home/.{folder}"
    for lib in ("lib", f"lib/{multiarch()}", "lib64"):
        for prefix in ("/usr/local", "/usr"):
            assert f"{prefix}/{lib}/{folder}" in found
    assert len(found) == len(set(found))


def test_the_first_proposal_of_ladspa_lives_where_ladspa_lives():
    assert search_paths("ladspa0") == search_paths("ladspa")


def test_vst3_keeps_steinbergs_order():
    found = texts("vst3")
    assert found.index("/usr/lib/vst3") < found.index("/usr/local/lib/vst3")


def test_multiarch_names_this_machine():
    assert "linux" in multiarch()


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("vst3", "VST3_PATH"),
        ("lv2", "LV2_PATH"),
        ("vst2", "VST_PATH"),
        ("vst2", "LXVST_PATH"),
        ("ladspa", "LADSPA_PATH"),
        ("ladspa0", "LADSPA_PATH"),
    ],
)
def test_a_variable_replaces(name, variable, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, "/b::/a:~/mine:/b:")
    assert texts(name) == ["/b", "/a", f"{tmp_path}/home/mine"]


@pytest.mark.parametrize(("name", "variable"), [("clap", "CLAP_PATH"), ("wclap", "WCLAP_PATH")])
def test_a_variable_adds_in_front(name, variable, monkeypatch, tmp_path):
    default = texts(name)
    monkeypatch.setenv(variable, "/b:/a")
    assert texts(name) == ["/b", "/a", *default]


@pytest.mark.parametrize("value", ["", ":", "::"])
def test_an_empty_variable_counts_as_unset(value, monkeypatch):
    default = texts("lv2")
    monkeypatch.setenv("LV2_PATH", value)
    assert texts("lv2") == default


def test_vst_path_goes_before_lxvst_path(monkeypatch):
    monkeypatch.setenv("LXVST_PATH", "/lx")
    monkeypatch.setenv("VST_PATH", "/vst")
    assert texts("vst2") == ["/vst"]


def test_relative_folders_become_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LADSPA_PATH", "mine")
    assert texts("ladspa") == [f"{tmp_path}/mine"]


def test_null_needs_no_folder_and_every_other_format_has_some():
    assert search_paths("null") == []
    assert all(search_paths(name) for name in FORMATS if name != "null")


def test_an_unknown_format_is_named_with_a_suggestion():
    with pytest.raises(UnsupportedFormat, match="did you mean 'clap'"):
        search_paths("clapp")

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.errors import ArgumentTypeError, IsoboothError, LocatorError
from isobooth.protocol.locator import Locator, bundle_around, formats_of_path, parse_locator


def parts(text):
    found = parse_locator(text)
    assert found.text == text
    assert str(found) == text
    return found.format, found.path, found.id, found.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zam Comp", ("", "", "", "Zam Comp")),
        ("clap:com.zamaudio.ZamComp", ("clap", "", "com.zamaudio.ZamComp", "")),
        (
            "lv2:http://calf.sourceforge.net/plugins/Reverb",
            ("lv2", "", "http://calf.sourceforge.net/plugins/Reverb", ""),
        ),
        ("lv2:http://zyn.example/fx#Echo", ("lv2", "", "http://zyn.example/fx#Echo", "")),
        ("http://zyn.example/fx#Echo", ("", "", "", "http://zyn.example/fx#Echo")),
        ("ladspa:1882", ("ladspa", "", "1882", "")),
        ("vst3:0123456789ABCDEF0123456789ABCDEF", ("vst3", "", "0123456789ABCDEF0123456789ABCDEF", "")),
        ("ladspa0:UG_a_b_1", ("ladspa0", "", "UG_a_b_1", "")),
        ("null:", ("null", "", "", "")),
        ("null:pass", ("null", "", "pass", "")),
        ("nonsense:thing", ("", "", "", "nonsense:thing")),
        ("/no/such.so#sc4", ("", "/no/such.so", "sc4", "")),
        ("/no/such.so::sc4", ("", "/no/such.so", "sc4", "")),
        ("ladspa:/no/such.so#sc4", ("ladspa", "/no/such.so", "sc4", "")),
        ("/no/such", ("", "/no/such", "", "")),
        ("/no/such#x", ("", "/no/such", "x", "")),
        ("/no/a#b/such.so#x", ("", "/no/a#b/such.so", "x", "")),
        ("/no/x.lv2#http://zyn.example/fx#Echo", ("", "/no/x.lv2", "http://zyn.example/fx#Echo", "")),
        ("lv2:/no/x.lv2::http://zyn.example/fx", ("lv2", "/no/x.lv2", "http://zyn.example/fx", "")),
    ],
)
def test_what_a_text_means(text, expected):
    assert parts(text) == expected


def test_relative_paths_and_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert parts("./x.clap#a") == ("", f"{tmp_path}/x.clap", "a", "")
    assert parts("../x.clap") == ("", f"{tmp_path}/../x.clap", "", "")
    assert parts("~/x.clap#a") == ("", f"{tmp_path}/home/x.clap", "a", "")
    assert parts(".") == ("", str(tmp_path), "", "")


def test_what_exists_is_a_path_however_it_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "amp").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.so").touch()
    (tmp_path / "b.vst3").mkdir()
    assert parts("amp") == ("", f"{tmp_path}/amp", "", "")
    assert parts("ladspa:amp#one") == ("ladspa", f"{tmp_path}/amp", "one", "")
    assert parts("sub/x.so::one") == ("", f"{tmp_path}/sub/x.so", "one", "")
    assert parts("b.vst3") == ("", f"{tmp_path}/b.vst3", "", "")


def test_a_plain_folder_does_not_hide_a_plugin_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "amsynth").mkdir()
    assert parts("amsynth") == ("", "", "", "amsynth")
    assert parts("./amsynth") == ("", f"{tmp_path}/amsynth", "", "")


def test_the_longest_prefix_that_exists_is_the_path(tmp_path):
    for name in ("a", "a#b", "a#b#c", "d::e"):
        (tmp_path / name).touch()
    for text, path, plugin_id in (
        ("a#x", "a", "x"),
        ("a#b", "a#b", ""),
        ("a#b#x", "a#b", "x"),
        ("a#b#c", "a#b#c", ""),
        ("a#b#c#d", "a#b#c", "d"),
        ("a#x#y", "a", "x#y"),
        ("d::e::f", "d::e", "f"),
        ("d::e#f", "d::e", "f"),
    ):
        assert parts(f"{tmp_path}/{text}") == ("", f"{tmp_path}/{path}", plugin_id, "")


def test_a_path_object_is_a_path_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = parse_locator(Path("x.so#y"))
    assert (found.path, found.id, found.name) == (f"{tmp_path}/x.so#y", "", "")


def test_names_of_files_that_are_not_utf8_survive(tmp_path):
    raw = os.fsencode(tmp_path) + b"/\xff.so"
    Path(os.fsdecode(raw)).touch()
    assert os.fsencode(parse_locator(os.fsdecode(raw) + "#amp").path) == raw


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("a\0b", "NUL"),
        ("/a\0b", "NUL"),
        ("clap:", "format but no plugin"),
        ("clap:  ", "format but no plugin"),
        ("/no/such.so#", "nothing behind '#'"),
        ("/no/such.so:: ", "nothing behind '::'"),
        ("/\ud800", "surrogate"),
    ],
)
def test_a_text_that_cannot_name_a_plugin_is_an_error(text, says):
    with pytest.raises(LocatorError, match=says):
        parse_locator(text)


@pytest.mark.parametrize("value", [None, 7, b"/usr", ["a"], 1.5])
def test_only_texts_and_path_objects_are_taken(value):
    with pytest.raises(ArgumentTypeError, match=r"is named by a text, not by an? "):
        parse_locator(value)


def test_a_path_object_of_bytes_is_an_error():
    class Raw:
        def __fspath__(self):
            return b"/x"

    with pytest.raises(ArgumentTypeError, match=r"not a bytes - use os\.fsdecode"):
        parse_locator(Raw())


def test_a_relative_path_in_a_folder_that_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(LocatorError, match="a folder that is gone"):
        parse_locator("./x.so")


def test_formats_by_suffix():
    assert formats_of_path("/x.clap") == ("clap",)
    assert formats_of_path("/x.SO")[0] == "ladspa"
    assert "null" not in formats_of_path("/x.txt")
    assert len(formats_of_path("/x")) == len(FORMATS) - 1


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["#", "::", ":", "/", "./", "../", "~", " ", "x.so", "clap:", "lv2:", "null:", "/usr", "\0"]),
        st.text(max_size=6),
    ),
    max_size=10,
).map("".join)


@settings(deadline=None)
@given(PIECES)
@example("#" * 20000)
@example("/" + "a" * 70000 + "#b")
@example("~\udcff")
@example("~nobody-of-that-name/x")
def test_any_text_is_parsed_or_refused_and_never_more(text):
    try:
        found = parse_locator(text)
    except IsoboothError:
        return
    assert found.text == text
    assert found.format in {"", *FORMATS}
    assert not found.path or Path(found.path).is_absolute()
    assert not (found.path and found.name)
    assert not (found.id and found.name)
    assert found.path or found.id or found.name or found.format == "null"


@given(
    st.sampled_from(FORMATS),
    st.text(st.characters(codec="utf-8", exclude_characters="\0#:~/."), min_size=1).filter(str.strip),
)
def test_an_id_behind_a_format_comes_back_as_it_was(fmt, plugin_id):
    if Path(plugin_id).exists():
        return
    assert parse_locator(f"{fmt}:{plugin_id}") == Locator(fmt, "", plugin_id, "", f"{fmt}:{plugin_id}")


def test_what_is_inside_a_vst3_bundle_belongs_to_it():
    for inner in ("", "/x86_64-linux", "/x86_64-linux/A.so", "/Resources/moduleinfo.json"):
        assert bundle_around(f"/lib/vst3/A.vst3/Contents{inner}") == "/lib/vst3/A.vst3"
        assert formats_of_path(f"/lib/vst3/A.vst3/Contents{inner}") == ("vst3",)
    for path in ("/lib/vst3/A.vst3", "/lib/A.vst3/x/A.so", "/Contents/A.so", "Contents", "", "/A.vst3/contents/A.so"):
        assert bundle_around(path) == ""
    assert formats_of_path("/lib/vst3/A.vst3") == ("vst3",)

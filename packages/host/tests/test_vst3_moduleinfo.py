"""moduleinfo.json: read, forgiven, held against the module, and used where the module cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isobooth.host.formats.vst3.module import _open, open_module
from isobooth.host.formats.vst3.moduleinfo import (
    MOST_BYTES,
    MOST_JSON5_BYTES,
    ModuleInfo,
    mismatches,
    parse_info,
    read_info,
)
from isobooth.host.formats.vst3.scanning import scan_module
from isobooth.protocol.errors import PluginLoadError
from tests.support import newer_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_files import BROKEN, FULL, GOOD, bundle, report_on

OLD = "0123456789ABCDEF0123456789ABCDEF"
TRUE = {
    "Name": "Test",
    "Version": "1",
    "Factory Info": {"Vendor": "The Makers", "URL": "https://example.org", "E-Mail": "", "Flags": {"Unicode": True}},
    "Compatibility": [{"New": GOOD, "Old": [OLD, GOOD]}],
    "Classes": [
        {
            "CID": cid,
            "Category": "Audio Module Class",
            "Name": name,
            "Vendor": "\u266b",
            "Version": "3",
            "SDKVersion": "VST 3.8",
            "Sub Categories": words,
            "Class Flags": 0,
            "Cardinality": 2147483647,
            "Snapshots": [],
        }
        for cid, name, words in (
            (GOOD, "Good", ["Fx", "Dynamics"]),
            (FULL, "\u00e9" * 64, ["Instrument", "Synth", "My Own Kind"]),
            (BROKEN, "Br\ufffdken", ["Fx", "Reverb"]),
        )
    ],
}


@pytest.fixture
def scratch(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


def parsed(text):
    """Of a text in which @NEW and @OLD stand for class ids."""
    found = ModuleInfo()
    if isinstance(text, dict):
        text = json.dumps(text)
    if isinstance(text, str):
        text = text.replace("@NEW", GOOD).replace("@new", GOOD.lower()).replace("@OLD", OLD).encode()
    parse_info(text, found)
    return found


def test_steinbergs_own_file_is_read():
    root = newer_plugin("mda-vst3.vst3")
    info = read_info(f"{root}/Contents/Resources/moduleinfo.json")
    assert info.problems == []
    assert (info.name, info.info.vendor) == ("mda-vst3", "mda")
    names = {one.name: one for one in info.plugins}
    assert names["mda Delay"].categories == ("Fx", "Delay")
    assert info.replaced["E5041336E9434B28B7B0126795F0C32F"] == names["mda Delay"].id
    assert len(info.classes) == 2 * len(info.plugins)


def test_a_category_that_is_misspelt_is_understood_and_told():
    info = read_info(f"{newer_plugin('lsp-plugins.vst3')}/Contents/Resources/moduleinfo.json")
    assert len(info.plugins) > 100
    assert info.problems == ["moduleinfo.json: has Catetory for Category"]


def test_json5_is_understood():
    info = parsed(
        "\ufeff{ // the module\n Name: 'T\\\nest', Version: \"1\", Compatibility: [{New: '@NEW', Old: ['@OLD',],},],\n"
        "/* its classes */ Classes: [{CID: '@NEW', Category: 'Audio Module Class', Name: \"Good\", 'Sub Categories':"
        " ['Fx',], Cardinality: 0x7FFFFFFF, 'Class Flags': +1, },], }\n"
    )
    assert info.problems == []
    assert (info.name, info.version, info.replaced) == ("Test", "1", {OLD: GOOD})
    assert [(one.id, one.name, one.categories, one.flags) for one in info.plugins] == [(GOOD, "Good", ("Fx",), 1)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no JSON5"),
        ("{", "is no JSON5"),
        ("[]", "is no object"),
        ("null", "is no object"),
        (b"\xff\xfe\x00", "is no JSON5"),
        ('{"Classes": 7}', "Classes is no list"),
        ('{"Classes": [7]}', "class 0 is no object"),
        ('{"Classes": [{}]}', "class 0 has no class id"),
        ('{"Classes": [{"CID": 8}]}', "class 0 has no class id"),
        ('{"Classes": [{"CID": "@NEW"}]}', "class 0 has no Category"),
        ('{"Classes": [{"CID": "@NEW"}, {"CID": "@new"}]}', "class 1 has the id of another"),
        ('{"Compatibility": {}}', "Compatibility is no list"),
        ('{"Compatibility": [{"New": "x"}]}', "entry 0 of Compatibility names no new class"),
        (
            '{"Compatibility": [{"New": "@NEW", "Old": ["x"]}]}',
            "entry 0 of Compatibility has an old id that is none",
        ),
        ("[" * 100_000, "is no JSON5"),
        (" " * (MOST_BYTES + 1), "is longer than 8 MiB and was not read"),
        ("/" * (MOST_JSON5_BYTES + 1), "is no strict JSON and longer than 1 MiB; it was not read"),
    ],
)
def test_what_is_wrong_is_told_and_never_raised(text, says):
    found = parsed(text)
    assert any(says in problem for problem in found.problems), found.problems
    assert all(problem.startswith("moduleinfo.json: ") for problem in found.problems)
    assert found.plugins == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["Classes", GOOD]),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*TRUE, *TRUE["Classes"][0], "New", "Old"]), inner)
        ),
        max_leaves=30,
    )
)
def test_no_content_can_raise(content):
    parsed(json.dumps(content))


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "moduleinfo.json").mkdir()
    assert read_info(str(tmp_path / "moduleinfo.json")).problems == ["moduleinfo.json: cannot be read: Is a directory"]
    assert read_info("") == ModuleInfo()


def test_strict_json_needs_no_json5(tmp_path, scratch):
    root = bundle(tmp_path, scratch, info=json.dumps(TRUE))
    program = (
        "import sys; from isobooth.host.formats.vst3.module import open_module;"
        f"m = open_module({str(root)!r}); assert 'json5' not in sys.modules; assert len(m.info.plugins) == 3;"
        "assert 'json5' not in sys.modules; m.release()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# -- against the module -----------------------------------------------------------------------------------------------


def test_a_true_file_contradicts_nothing(tmp_path, scratch):
    report = report_on(bundle(tmp_path, scratch, info=json.dumps(TRUE)))
    scan_module(report.path, report)
    assert [one.id for one in report.plugins] == [GOOD, FULL, BROKEN]
    assert report.plugins[0].replaces == [OLD]
    assert not [problem.reason for problem in report.warnings if "moduleinfo" in problem.reason]
    assert not _open


def test_where_a_file_contradicts_its_module_the_module_is_believed(tmp_path, scratch):
    wrong = json.loads(json.dumps(TRUE))
    wrong["Classes"][0] |= {"Name": "Better", "Version": "9", "Sub Categories": ["Fx"]}
    wrong["Classes"][1]["CID"] = OLD
    report = report_on(bundle(tmp_path, scratch, info=json.dumps(wrong)))
    scan_module(report.path, report)
    assert [one.name for one in report.plugins] == ["Good", "\u00e9" * 64, "Br\ufffdken"]
    told = [problem.reason for problem in report.warnings if "moduleinfo" in problem.reason]
    assert told == [
        f"moduleinfo.json lists plugins that the factory does not: {chr(0xE9) * 64}",
        f"moduleinfo.json does not list every plugin of the factory: {chr(0xE9) * 64}",
        "moduleinfo.json has other names than the factory: 'Better' for 'Good'",
        "moduleinfo.json has other versions than the factory: '9' for '3'",
        "moduleinfo.json has other sub-categories than the factory: Better",
    ]
    assert mismatches(ModuleInfo(), []) == []


def test_many_problems_are_cut():
    assert len(parsed({"Classes": [7] * 100}).problems) == 20


def test_an_older_plugins_id_finds_the_one_that_replaces_it(tmp_path, scratch):
    opened = open_module(str(bundle(tmp_path, scratch, info=json.dumps(TRUE))))
    try:
        assert opened.pick(OLD.lower()).id == GOOD
    finally:
        opened.release()


@pytest.mark.parametrize(
    ("text", "result", "replaced", "says"),
    [
        (f'[{{"New": "{GOOD}", "Old": ["{OLD}"]}}]', 0, {OLD: GOOD}, ""),
        (f"[{{New: '{GOOD.lower()}', Old: ['{OLD}',],}}]", 0, {OLD: GOOD}, ""),
        ("", 0, {}, ""),
        ("", 3, {}, ""),
        ("{}", 0, {}, "Compatibility is no list"),
        ("[", 0, {}, "is no JSON5"),
        ("[]", 1, {}, "says nothing: getCompatibilityJSON failed with kResultFalse"),
    ],
)
def test_a_module_without_a_file_says_itself_what_it_replaces(tmp_path, scratch, text, result, replaced, says):
    root = bundle(tmp_path, scratch, f"-DOLDER={json.dumps(text)}", f"-DOLDER_RESULT={result}")
    report = report_on(root)
    scan_module(str(root), report)
    assert report.plugins[0].replaces == list(replaced)
    told = [problem.reason for problem in report.warnings if "of its factory" not in problem.reason]
    assert len(told) == bool(says)
    assert all(sentence.startswith(f"its compatibility class: {says}") for sentence in told)
    opened = open_module(str(root))
    try:
        assert opened.info.replaced == replaced
        if replaced:
            assert opened.pick(OLD).id == GOOD
    finally:
        opened.release()


# -- instead of the module --------------------------------------------------------------------------------------------


def test_a_module_that_refuses_is_listed_by_its_file_beside_the_error(tmp_path, scratch):
    root = bundle(tmp_path, scratch, "-DENTRY_FALSE", info=json.dumps(TRUE))
    report = report_on(root)
    with pytest.raises(PluginLoadError, match="ModuleEntry returned false"):
        scan_module(str(root), report)
    assert [(one.path, one.id, one.index) for one in report.plugins] == [
        (str(root), GOOD, 0), (str(root), FULL, 1), (str(root), BROKEN, 2),
    ]  # fmt: skip
    good = report.plugins[0]
    assert (good.name, good.vendor, good.version, good.url) == ("Good", "\u266b", "3", "https://example.org")
    assert good.features == ["audio-effect", "compressor", "dynamics"]
    assert good.replaces == [OLD]


def test_a_bundle_for_another_machine_lists_nothing(tmp_path, scratch):
    root = bundle(tmp_path, scratch, info=json.dumps(TRUE))
    next((root / "Contents").glob("*-linux")).rename(root / "Contents" / "riscv64-linux")
    report = report_on(root)
    with pytest.raises(PluginLoadError, match="it was built for riscv64-linux"):
        scan_module(str(root), report)
    assert report.plugins == []

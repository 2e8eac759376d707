"""With the real host and real plugins."""

import shutil

import pytest

from isobooth.protocol.errors import LocatorError, PluginLoadError
from isobooth.scan import find_plugin, scan
from isobooth.scan.find import may_hold

AMP = "/usr/lib/ladspa/amp.so"
SC4 = "/usr/lib/ladspa/sc4_1882.so"

pytestmark = pytest.mark.usefixtures("real_host")


@pytest.fixture
def shelf(real_plugin, tmp_path):
    """A folder with two real plugin files, and some that are none."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for path in (AMP, SC4):
        (folder / real_plugin(path).name).symlink_to(path)
    (folder / "text.so").write_text("some text")
    (folder / "empty.so").touch()
    (folder / "cut.so").write_bytes(real_plugin(AMP).read_bytes()[:1000])
    library = shutil.which("true")
    (folder / "program.so").symlink_to(library)
    return folder


def test_real_plugins_are_described(shelf):
    found = scan([shelf])
    assert [(one.format, one.id) for one in found] == [
        ("ladspa", "amp_mono"),
        ("ladspa", "amp_stereo"),
        ("ladspa", "sc4"),
    ]
    sc4 = found.find("sc4")
    assert (sc4.name, sc4.unique_id, sc4.channels("input"), sc4.channels("output")) == ("SC4", 1882, 2, 2)
    assert sc4.path == str(shelf / "sc4_1882.so")


def test_what_is_no_plugin_is_told_once_with_its_path(shelf):
    found = scan([shelf])
    for name in ("text.so", "empty.so", "cut.so", "program.so"):
        assert len([one for one in found.problems if one.path == str(shelf / name)]) == 1, found.problems


def test_a_plugin_of_one_format_is_no_trouble_of_the_other(shelf):
    for problem in scan([shelf]).problems:
        assert "UG_" not in problem.reason
        assert "ladspa0" not in problem.reason


def test_the_second_scan_says_the_same(shelf):
    first, second = scan([shelf]), scan([shelf])
    assert second.plugins == first.plugins
    assert second.problems == first.problems


def test_only_a_file_with_the_symbols_of_the_first_proposal_is_tried_as_one(real_plugin, tmp_path):
    assert not may_hold("ladspa0", real_plugin(AMP))
    assert may_hold("ladspa", AMP)
    (tmp_path / "x.so").write_bytes(b"\x7fELF...\0UG_someone_gain_1\0")
    assert may_hold("ladspa0", tmp_path / "x.so")
    assert may_hold("ladspa0", tmp_path / "none.so")


def test_a_real_plugin_is_found_by_label_number_and_path(shelf, monkeypatch):
    monkeypatch.setenv("LADSPA_PATH", str(shelf))
    for locator in ("ladspa:sc4", "ladspa:1882", "ladspa:SC4", f"{shelf}/sc4_1882.so", f"{shelf}/sc4_1882.so#sc4"):
        assert find_plugin(locator).id == "sc4"
    with pytest.raises(LocatorError, match="amp_mono"):
        find_plugin(f"{shelf}/amp.so")
    with pytest.raises(PluginLoadError, match=r"text\.so holds no plugin"):
        find_plugin(f"{shelf}/text.so")


def test_a_unique_id_that_two_packages_use(real_plugin, monkeypatch, tmp_path):
    for name in ("blvco.so", "vco_sawpulse.so"):
        (tmp_path / name).symlink_to(real_plugin(f"/usr/lib/ladspa/{name}"))
    monkeypatch.setenv("LADSPA_PATH", str(tmp_path))
    with pytest.raises(LocatorError, match=r"blvco\.so#Saw-VCO, .*vco_sawpulse\.so#Saw-VCO"):
        find_plugin("ladspa:1953")
    assert find_plugin(f"{tmp_path}/blvco.so#1953").id == "Saw-VCO"


def test_the_null_plugin_is_the_hosts_own():
    found = find_plugin("null:")
    assert (found.format, found.path) == ("null", "")
    assert find_plugin(f"null:{found.id}") == found

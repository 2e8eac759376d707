"""LADSPA plugins named by their unique ids, and values by their names, from the client's side."""

import pytest

from isobooth.client import load
from isobooth.protocol.errors import LocatorError, ParameterError, PluginNotFound
from tests.support import real_plugin

pytestmark = pytest.mark.real_plugin


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    """A few plugins on the search path, and a cache of the test's own."""
    monkeypatch.delenv("LADSPA_RDF_PATH", raising=False)
    monkeypatch.setenv("LADSPA_PATH", str(tmp_path))
    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("sc4_1882.so", "analogue_osc_1416.so", "blvco.so", "vco_sawpulse.so"):
        (tmp_path / name).symlink_to(real_plugin(name))
    return tmp_path


def test_a_number_alone():
    with load("ladspa:1882") as plugin:
        assert (plugin.descriptor.id, plugin.descriptor.unique_id) == ("sc4", 1882)
        assert "compressor" in plugin.descriptor.features


def test_a_number_in_a_file(own_folder):
    for locator in (f"ladspa:{own_folder}/vco_sawpulse.so#1953", f"{own_folder}/vco_sawpulse.so##1953"):
        with load(locator) as plugin:
            assert plugin.descriptor.id == "Saw-VCO"
    with pytest.raises(PluginNotFound, match="has no plugin '1882'"):
        load(f"{own_folder}/vco_sawpulse.so#1882")


def test_a_number_that_two_plugins_have():
    with pytest.raises(LocatorError, match="'ladspa:1952' could mean 2 plugins") as caught:
        load("ladspa:1952")
    for name in ("blvco.so#Pulse-VCO", "vco_sawpulse.so#Pulse-VCO"):
        assert name in str(caught.value)


def test_values_by_name():
    with load("ladspa:1416") as plugin:
        wave = next(one for one in plugin.parameters.values() if one.id == 0)
        assert [value.label for value in wave.info.values] == ["sine", "triangle", "square", "saw"]
        wave.text = "Square"
        assert (wave.value, wave.text) == (3, "square")
        with pytest.raises(ParameterError):
            wave.text = "cosine"

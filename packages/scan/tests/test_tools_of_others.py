"""The catalogue against what the tools of LADSPA and LV2 say of the same files."""

import os
import re
import shutil
import subprocess

import pytest

from isobooth.scan import find_plugin, scan, search_paths
from isobooth.scan.find import candidates
from tests.support import absent, real_plugin

PLUGIN = re.compile(
    r'Plugin Name: "(?P<name>.*)"\nPlugin Label: "(?P<label>.*)"\n'
    r'Plugin Unique ID: (?P<number>\d+)\nMaker: "(?P<maker>.*)"\n'
)
PORT = re.compile(r'(?:Ports:)?\t"(?P<name>.*)" (?P<direction>input|output), (?P<kind>audio|control)')

EVERY_BUNDLE = "ISOBOOTH_EVERY_BUNDLE"
"""Environment variable that, set to anything, lets lv2ls be compared for all bundles of the machine."""
SAMPLE = {"mda.lv2", "eg-amp.lv2", "eg-params.lv2", "eg-sampler.lv2", "ZamComp.lv2", "presets.lv2", "core.lv2"}
"""Many plugins in one bundle; plugins with features, patches and presets; bundles of DPF; vocabularies alone."""


def tool(name, package):
    """The path of a program of Debian; skips, or fails where CI=true, if it is absent."""
    found = shutil.which(name)
    if found is None:
        absent(f"{name} (of {package})")
    return found


@pytest.fixture
def whole_machine(monkeypatch, real_host):
    monkeypatch.delenv("LADSPA_PATH", raising=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_that_listplugins_lists_is_in_the_catalogue(whole_machine, monkeypatch):
    program = tool("listplugins", "ladspa-sdk")
    monkeypatch.setenv("LADSPA_PATH", "/usr/lib/ladspa")
    printed = subprocess.run([program], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    theirs = set()
    path = ""
    for line in printed.splitlines():
        if line.startswith("/") and line.endswith(":"):
            path = line[:-1]
        else:
            found = re.fullmatch(r"\t(?P<name>.*) \((?P<number>\d+)/(?P<label>\S+)\)", line)
            assert found, line
            theirs.add((path, int(found["number"]), found["label"]))
    catalogue = scan(formats=["ladspa"])
    ours = {(one.path, one.unique_id, one.id) for one in catalogue}
    assert len(theirs) > 10
    assert theirs - ours == set()
    [sc4] = [one for one in catalogue if one.id == "sc4" and one.path.startswith("/usr/lib/ladspa/")]
    assert find_plugin("ladspa:sc4") == sc4.describe()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_that_lv2ls_lists_is_in_the_catalogue(whole_machine, monkeypatch, tmp_path):
    program = tool("lv2ls", "lilv-utils")
    bundles = candidates("lv2", search_paths("lv2"))
    if not os.environ.get(EVERY_BUNDLE):  # half a second for each
        bundles = [one for one in bundles if one.name in SAMPLE]
        if "mda.lv2" not in {one.name for one in bundles}:
            absent("mda.lv2 (of mda-lv2)")
    folder = tmp_path / "lv2"
    folder.mkdir()
    for one in bundles:
        (folder / one.name).symlink_to(one)
    monkeypatch.setenv("LV2_PATH", str(folder))
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    theirs = lines(done) if done.returncode == 0 else bundle_by_bundle(program, tmp_path)
    assert len(theirs) > 30
    catalogue = scan(formats=["lv2"])
    assert theirs - {one.id for one in catalogue} == set()
    for one in catalogue.blocked:
        assert one.ended


def lines(done):
    """The URIs; a plugin may have printed something, too."""
    return {line for line in done.stdout.split() if ":" in line}


def bundle_by_bundle(program, folder):
    """What lv2ls lists, but for bundles that it dies of itself (naspro-dssi.lv2)."""
    theirs = set()
    for number, bundle in enumerate(candidates("lv2", search_paths("lv2"))):
        alone = folder / str(number)
        alone.mkdir()
        (alone / bundle.name).symlink_to(bundle)
        environment = os.environ | {"LV2_PATH": str(alone)}
        done = subprocess.run([program], capture_output=True, text=True, check=False, env=environment)
        if done.returncode == 0:
            theirs |= lines(done)
    return theirs


@pytest.mark.parametrize("name", ["amp.so", "cmt.so", "sc4_1882.so", "caps.so", "tap_eq.so"])
def test_what_analyseplugin_says_is_in_the_descriptors(real_host, name):
    path = str(real_plugin(name))
    printed = subprocess.run([tool("analyseplugin", "ladspa-sdk"), path], capture_output=True, check=True).stdout
    parts = re.split(r"\n(?=Plugin Name: )", printed.decode("utf-8", "replace"))[1:]
    ours = [one.describe() for one in scan([path], ["ladspa"])]
    assert len(parts) == len(ours) > 0
    for part, one in zip(parts, ours, strict=True):
        head = PLUGIN.match(part)
        assert (one.name, one.id, one.unique_id) == (head["name"], head["label"], int(head["number"])), part
        assert one.vendor == head["maker"].strip() or not head["maker"].strip()
        ports = [found.groupdict() for found in map(PORT.match, part.splitlines()) if found]
        controls = [(port["name"].strip(), port["direction"]) for port in ports if port["kind"] == "control"]
        said = [(info.name, "output" if info.is_output else "input") for info in one.parameters]
        assert len(said) == len(controls)
        assert all(theirs in {mine, ("", mine[1])} for mine, theirs in zip(said, controls, strict=True))
        for direction in ("input", "output"):
            audio = [port for port in ports if port["kind"] == "audio" and port["direction"] == direction]
            assert sum(bus.channels for bus in one.buses if bus.direction == direction) == len(audio)

"""VST3 bundles through the host's command line, the scan and the client, as users name them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.host import exit_codes
from isobooth.host.formats.vst3.bundle import machine_folder
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import LocatorError, PluginLoadError, PluginNotFound
from isobooth.scan import find_plugin, scan
from tests.support import host_command, host_for, hosting, newer_plugin, real_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_files import FULL, GOOD, bundle

ZAM_COMP = "2046504473616C63504D435A00000000"
MDA_DELAY, OLD_MDA_DELAY = "5653546D6461796D64612064656C6179", "E5041336E9434B28B7B0126795F0C32F"


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    """No plugins but those of the test, and no earlier scan."""
    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("VST3_PATH", str(tmp_path / "vst3"))
    (tmp_path / "vst3").mkdir()


@pytest.fixture
def zam_comp(tmp_path):
    shutil.copytree(real_plugin("ZamComp.vst3"), tmp_path / "vst3" / "sub" / "ZamComp.vst3")
    return tmp_path / "vst3" / "sub" / "ZamComp.vst3"


def scanned(path, name="auto", host=None):
    command = [*(host or host_command()), "--scan", "--format", name, "--path", str(path)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return msgspec.json.decode(done.stdout, type=ScanReport), done.returncode


@pytest.mark.parametrize("inner", ["", "Contents", f"Contents/{machine_folder()}/ZamComp.so"])
@pytest.mark.parametrize("name", ["auto", "vst3"])
def test_the_host_describes_a_bundle_and_what_is_in_it(zam_comp, inner, name):
    report, code = scanned(zam_comp / inner, name)
    assert (report.format, code, report.errors) == ("vst3", exit_codes.OK, [])
    (one,) = report.plugins
    assert (one.id, one.name, one.path, one.vendor) == (ZAM_COMP, "ZamComp", str(zam_comp), "Damien Zammit")
    assert one.channels("output") == 1
    assert any(parameter.name == "Threshold" for parameter in one.parameters)


def test_a_plugin_is_found_by_path_name_and_class_id_in_any_spelling(zam_comp):
    names = ["ZamComp", "zam comp", "vst3:ZamComp", f"vst3:{ZAM_COMP}", ZAM_COMP.lower(), str(zam_comp)]
    names += [f"{zam_comp}#{ZAM_COMP.lower()}", f"{zam_comp}/Contents/{machine_folder()}/ZamComp.so"]
    found = scan(formats=["vst3"])
    for name in names:
        assert found.find(name).path == str(zam_comp)
        if "/" in name or name.startswith("vst3:"):
            assert find_plugin(name).id == ZAM_COMP


def test_the_client_plays_a_bundle_however_it_is_named(zam_comp):
    client = pytest.importorskip("isobooth.client")
    for name in (zam_comp, f"{zam_comp}/Contents/{machine_folder()}/ZamComp.so", f"vst3:{ZAM_COMP.lower()}"):
        with client.load(name, block_size=64) as plugin:
            assert (plugin.descriptor.format, plugin.descriptor.path) == ("vst3", str(zam_comp))
            assert plugin.process(np.zeros((1, 64), dtype=np.float32)).shape[1] == 64


def test_a_bundle_with_several_plugins_wants_an_id(tmp_path, tmp_path_factory):
    client = pytest.importorskip("isobooth.client")
    root = bundle(tmp_path, tmp_path_factory.getbasetemp())
    with pytest.raises(PluginNotFound, match=r"holds 3 plugins .* \(Good\).* say which one: path#id"):
        client.load(root)
    with pytest.raises(PluginLoadError, match="createInstance returned kResultOk and no object") as caught:
        client.load(f"{root}#{GOOD.lower()}")
    assert caught.value.plugin_id == GOOD
    with pytest.raises(LocatorError, match="could mean 3 plugins"):
        find_plugin(str(root))


def test_plugins_that_cannot_be_made_are_listed_beside_their_errors(tmp_path, tmp_path_factory):
    report, _ = scanned(bundle(tmp_path, tmp_path_factory.getbasetemp()))
    assert [one.index for one in report.plugins] == [0, 1, 2]
    reasons = {problem.plugin_id: problem.reason for problem in report.errors}
    assert "createInstance returned kResultOk and no object" in reasons[GOOD]
    assert "createInstance returned kOutOfMemory" in reasons[FULL]
    assert {problem.phase for problem in report.errors} == {"instantiate"}


def test_what_cannot_be_loaded_is_found_by_name_and_says_why(tmp_path, tmp_path_factory):
    client = pytest.importorskip("isobooth.client")
    info = {"Classes": [{"CID": GOOD, "Category": "Audio Module Class", "Name": "Refused", "Sub Categories": ["Fx"]}]}
    flags = ["-DENTRY_FALSE"]
    bundle(tmp_path / "vst3", tmp_path_factory.getbasetemp(), *flags, info=json.dumps(info))
    found = scan(formats=["vst3"])
    assert [one.name for one in found] == ["Refused"]
    assert "ModuleEntry returned false" in found.problems[0].reason
    with pytest.raises(PluginLoadError, match="ModuleEntry returned false"):
        client.load("vst3:Refused")


def test_a_bundle_for_another_machine_says_so_to_everybody(zam_comp):
    client = pytest.importorskip("isobooth.client")
    (zam_comp / "Contents" / machine_folder()).rename(zam_comp / "Contents" / "riscv64-linux")
    says = rf"without a build for this machine \({machine_folder()}\): it was built for riscv64-linux"
    report, code = scanned(zam_comp)
    assert (report.plugins, code) == ([], exit_codes.LOAD_FAILED)
    with pytest.raises(PluginLoadError, match=says):
        client.load(zam_comp)
    with pytest.raises(PluginLoadError, match=says):
        find_plugin(zam_comp)


def test_steinbergs_examples_are_as_their_files_say():
    root = newer_plugin("mda-vst3.vst3")
    report, code = scanned(root, host=host_for(root))
    assert (code, report.errors) == (exit_codes.OK, [])
    assert not [problem.reason for problem in report.warnings if "moduleinfo" in problem.reason]
    delay = next(one for one in report.plugins if one.id == MDA_DELAY)
    assert (delay.name, delay.replaces) == ("mda Delay", [OLD_MDA_DELAY])
    assert delay.features[:2] == ["audio-effect", "delay"]


def test_an_older_id_loads_the_plugin_that_replaces_it(monkeypatch):
    client = pytest.importorskip("isobooth.client")
    root = newer_plugin("mda-vst3.vst3")
    with hosting(root):
        for name in (f"{root}#{OLD_MDA_DELAY}", f"{root}#{OLD_MDA_DELAY.lower()}"):
            with client.load(name) as plugin:
                assert plugin.descriptor.id == MDA_DELAY
            assert find_plugin(name).id == MDA_DELAY

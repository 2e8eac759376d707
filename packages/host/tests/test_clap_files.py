"""Files of CLAPs: entries, factories, scans, and what plugins say that cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from isobooth.host._core import ffi
from isobooth.host.formats.clap.entry import _open
from isobooth.host.formats.clap.plugin import load, scan
from isobooth.host.plugin import Activation, LoadRequest
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import ParameterError, PluginError, PluginLoadError, PluginNotFound

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import compiled

MODE = 11
"""Of clap_echo.c."""


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


def opened(path, plugin_id=""):
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    return load(LoadRequest(str(path), plugin_id, 48000.0, 256, 0, 0, mailbox))


def scanned(path):
    report = ScanReport(format="clap", path=str(path))
    scan(str(path), report)
    msgspec.json.encode(report)  # nothing in it that JSON cannot say
    return report


def test_instances_of_a_file_share_its_entry_and_the_last_one_closes_it(folder):
    path = compiled("clap_echo", folder)
    first, second = opened(path), opened(path)
    entry = _open[str(path)]
    assert entry.users == 2
    first.close()
    first.close()
    assert second.values()[MODE] == 1.0
    second.close()
    assert not _open


@pytest.mark.parametrize(
    ("flag", "cause"),
    [
        ("BAD_INIT", "clap_entry.init returned false"),
        ("BAD_VERSION", "CLAP 0.2.0, a draft"),
        ("BAD_ENTRY", "clap_entry lacks get_factory"),
        ("BAD_FACTORY", "plugin factory lacks create_plugin"),
    ],
)
def test_an_entry_that_cannot_be_used_says_why(folder, flag, cause):
    path = compiled("clap_bad", folder, f"-D{flag}")
    with pytest.raises(PluginLoadError, match=cause) as caught:
        opened(path, "bad.good")
    assert caught.value.path == str(path)
    assert not _open
    with pytest.raises(PluginLoadError, match=cause):
        scanned(path)


def test_a_file_without_a_factory_holds_nothing(folder):
    path = compiled("clap_bad", folder, "-DBAD_NO_FACTORY")
    report = scanned(path)
    assert report.plugins == []
    assert [w.reason for w in report.warnings] == ["it has no plugin factory"]
    with pytest.raises(PluginNotFound, match="holds no plugin - it has no plugin factory"):
        opened(path)


def test_a_scan_describes_what_can_be_described_and_tells_the_rest(folder):
    report = scanned(compiled("clap_bad", folder))
    assert [p.id for p in report.plugins] == ["bad.good", "bad.nameless", "bad.stubborn", "bad.absent", "bad.holed"]
    good, nameless = report.plugins[:2]
    assert good.name == "Good \ufffd"
    assert good.features == ["audio-effect", "stereo"]
    assert nameless.name == "bad.nameless"
    errors = {problem.plugin_id: problem.reason for problem in report.errors}
    assert "init() returned false; the licence server is closed" in errors["bad.stubborn"]
    assert "create_plugin returned nothing" in errors["bad.absent"]
    assert "lacks start_processing" in errors["bad.holed"]
    warned = [problem.reason for problem in report.warnings]
    assert sum("has no id" in reason for reason in warned) == 2
    assert sum("has no descriptor" in reason for reason in warned) == 1
    assert "plugin 'bad.draft' was built for a draft of CLAP and was left out" in warned
    assert "'bad.nameless' was asked for and 'bad.good' was created" in warned
    assert not _open


def test_a_plugin_of_several_has_to_be_named(folder):
    path = compiled("clap_bad", folder)
    with pytest.raises(PluginNotFound, match=r"holds 5 plugins.*bad\.good, bad\.nameless"):
        opened(path)
    with pytest.raises(PluginNotFound, match=r"holds no plugin 'bad\.god'.*did you mean 'bad\.good'"):
        opened(path, "bad.god")
    opened(path, "bad.nameless").close()
    with pytest.raises(PluginLoadError, match="licence server"):
        opened(path, "bad.stubborn")


def test_nonsense_of_a_plugin_is_repaired_and_told(folder):
    plugin = opened(compiled("clap_bad", folder), "bad.good")
    parameters = plugin.descriptor.parameters
    assert not plugin.descriptor.has_gui, "its window is of another system"
    assert [p.id for p in parameters] == [0, 1, 2, 4, 7]
    assert [(p.minimum, p.maximum, p.default) for p in parameters[:4]] == [(0, 1, 0), (1, 5, 1), (0, 1, 0), (0, 1, 0)]
    assert parameters[4].steps == 0
    assert parameters[4].values == []
    assert parameters[0].unit == "ms"
    assert plugin.values() == {0: 0.0, 1: 1.0, 2: 0.5, 4: 0.5, 7: 0.5}
    with pytest.raises(ParameterError, match="does not understand '1'"):
        plugin.text_to_value(0, "1")
    told = "\n".join(plugin.warnings)
    for part in (
        "runs backwards",
        "default nan",
        "id 1 of another",
        "no valid id",
        "1 of its parameters have no",
        "3000000000 input",
    ):
        assert part in told
    assert len(plugin.warnings) <= 20
    outputs = [bus for bus in plugin.descriptor.buses if bus.direction == "output"]
    assert [bus.channels for bus in outputs] == [4000000000, 2]
    assert outputs[0].name == "n" * 256
    with pytest.raises(PluginError, match="4000000002 output channels; 1024 are possible"):
        plugin.activate(Activation(48000.0, 1, 64, 4, False))
    plugin.close()


def test_absurd_numbers_of_parameters_are_held_and_many_are_no_trouble(folder):
    many = opened(compiled("clap_bad", folder, "-DBAD_MANY"), "bad.good")
    assert len(many.descriptor.parameters) == len(many.values()) == 10000
    assert len({p.identifier for p in many.descriptor.parameters}) == 10000
    many.close()
    absurd = opened(compiled("clap_bad", folder, "-DBAD_COUNT"), "bad.good")
    assert len(absurd.descriptor.parameters) == 100_000
    assert any("4000000000 parameters; the first 100000" in warning for warning in absurd.warnings)
    assert len(absurd.values()) == 100_000
    absurd.close()

"""Plugins of Debian packages: what is said of them, and that they sound as they do without us."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.host.scan import ScanArguments, scan_file
from isobooth.protocol.descriptors import ScanReport
from packages.host.tests.ladspa_player import REAL, absent, real

ROOT = Path(__file__).resolve().parents[3]
DIRECT = ROOT / "tests" / "direct" / "ladspa_direct.py"
PLAYER = ROOT / "packages" / "host" / "tests" / "ladspa_player.py"
RATE = 44100

pytestmark = pytest.mark.real_plugin


def files():
    return sorted(REAL.glob("*.so"))


SCAN_ALL = """
import os, sys
import msgspec
from isobooth.host.scan import ScanArguments, scan_file

report = [scan_file(ScanArguments("ladspa", path)) for path in sys.argv[2:]]
with open(sys.argv[1], "wb") as file:
    file.write(msgspec.json.encode(report))
os._exit(0)  # some libraries do not survive an orderly end
"""


def test_every_file_is_described(tmp_path):
    """In another process: there are libraries among them that change how this one computes."""
    if not files():
        absent(f"there are no plugins in {REAL}")
    done = tmp_path / "reports.json"
    subprocess.run([sys.executable, "-c", SCAN_ALL, str(done), *map(str, files())], check=True, timeout=100)
    reports = msgspec.json.decode(done.read_bytes(), type=list[ScanReport])
    seen = 0
    for path, report in zip(files(), reports, strict=True):
        if any("undefined symbol" in error.reason for error in report.errors):
            continue  # Debian's autotalent needs what its C library has no more
        assert report.errors == [], path
        assert report.plugins or path.name.startswith("csladspa"), path  # it has none without files for it
        seen += len(report.plugins)
        for plugin in report.plugins:
            assert plugin.path == str(path)
            names = [info.identifier for info in plugin.parameters]
            assert len(set(names)) == len(names)
            assert all(name.isidentifier() for name in names)
            assert all(p.minimum <= p.default <= p.maximum for p in plugin.parameters)
            assert all(p.minimum <= named.value <= p.maximum for p in plugin.parameters for named in p.values)
    assert seen > len(files()) / 2


def test_sc4_as_its_package_describes_it():
    report = scan_file(ScanArguments("ladspa", str(real("sc4_1882.so"))))
    (plugin,) = report.plugins
    assert (plugin.id, plugin.unique_id, plugin.name) == ("sc4", 1882, "SC4")
    by_name = {p.name: p for p in plugin.parameters}
    threshold = by_name["Threshold level (dB)"]
    assert (threshold.unit, threshold.identifier) == ("dB", "threshold_level_db")
    assert (threshold.minimum, threshold.maximum, threshold.default) == (-30, 0, 0)
    assert by_name["Ratio (1:n)"].unit == ""
    assert by_name["Gain reduction (dB)"].is_output


def test_a_file_with_many_plugins():
    report = scan_file(ScanArguments("ladspa", str(real("cmt.so"))))
    assert len({p.id for p in report.plugins}) == len(report.plugins) > 20
    assert [p.index for p in report.plugins] == list(range(len(report.plugins)))


def run(program, source, target, file, label, ftz):
    arguments = [str(real(file)), label, str(RATE), "256", str(ftz), str(source), str(target)]
    subprocess.run([sys.executable, str(program), *arguments], check=True, timeout=100)
    return dict(np.load(target))


@pytest.mark.parametrize(
    ("file", "label", "ftz"),
    [
        ("sc4_1882.so", "sc4", 1),
        ("cmt.so", "freeverb3", 0),
        ("cmt.so", "lofi", 1),
        ("caps.so", "Plate", 1),
        ("tap_reverb.so", "tap_reverb", 0),
        ("gverb_1216.so", "gverb", 0),
        ("plate_1423.so", "plate", 1),
        ("fast_lookahead_limiter_1913.so", "fastLookaheadLimiter", 1),
        ("ZamComp-ladspa.so", "ZamComp", 0),
        ("MVerb-ladspa.so", "MVerb", 1),
    ],
)
def test_output_is_that_of_a_direct_call_bit_by_bit(tmp_path, file, label, ftz):
    found = scan_file(ScanArguments("ladspa", str(real(file))))
    plugin = next(p for p in found.plugins if p.id == label)
    inputs = [p for p in plugin.parameters if not p.is_output and p.maximum < 1e6]
    random = np.random.default_rng(7)
    frames = 8000
    audio = random.standard_normal((plugin.channels("input"), frames)).astype(np.float32) * 0.2
    audio[:, frames // 2 :] = 0  # into the denormals
    chosen = random.choice(len(inputs), 8) if inputs else []
    events = [
        (time, inputs[i].id, np.float32(inputs[i].minimum + (inputs[i].maximum - inputs[i].minimum) * random.random()))
        for time, i in zip(sorted(random.integers(0, frames, 8)), chosen, strict=False)
        if not inputs[i].steps
    ]
    values = [np.float32(p.default) for p in plugin.parameters if not p.is_output]
    ports = [p.id for p in plugin.parameters if not p.is_output]
    source = tmp_path / "in.npz"
    blocks = np.array([256, 1, 100, 255, 37])
    np.savez(source, audio=audio, ports=ports, values=values, events=np.reshape(events, (-1, 3)), blocks=blocks)
    ours = run(PLAYER, source, tmp_path / "ours.npz", file, label, ftz)
    direct = run(DIRECT, source, tmp_path / "direct.npz", file, label, ftz)
    assert np.any(direct["audio"])
    for name in ("audio", "meters", "meter_ports"):
        assert ours[name].tobytes() == direct[name].tobytes(), name

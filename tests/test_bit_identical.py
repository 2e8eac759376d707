"""What comes out of a booth is what the plugin computes, to the last bit: LADSPA, VST2, LV2 and CLAP plugins.

The other side of the comparison calls the plugin directly in a process of its own (tests/direct), with the same blocks,
separate buffers and the same floating-point mode, and uses nothing of isobooth.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from isobooth.client import PluginLoadError, load
from tests.support import CLAP_FOLDERS, LADSPA_FOLDERS, LV2_FOLDERS, ROOT, VST2_FOLDERS, absent, host_command

FRAMES = 3000
BLOCK = 256
RATE = 48000

NOT_REPEATABLE = {
    "bf2cube": "reads behind the end of its inputs: what it puts out depends on what lies there",
    "bf2quad": "the same",
    "ZXdf": "takes every block for as long as the longest, and reads that much",
    "logistic": "starts from memory that it has not written",
    "sc_expander_ms": "the same",
    "chebstortion": "the same",
    "imp": "the same",
    "pitchScale": "the same",
    "pitchScaleHQ": "the same",
    "http://zynaddsubfx.sourceforge.net/fx#DynamicFilter": "reads behind the end of blocks",
    "tap_pinknoise": "seeds itself with the time",
}
"""Plugins of which two direct calls can differ: they say nothing of us. Others that do are found by calling again."""
NEVER_LEAVES = {"art_delay_mono", "art_delay_stereo"}
"""Their cleanup() does not return, whoever calls it."""

MOST_OF_A_FILE = 12
"""Plugins of one file that are compared, evenly spread over it. ISOBOOTH_ALL_PLUGINS=1 compares all of them."""

pytestmark = pytest.mark.real_plugin


def files(folders, pattern):
    return sorted(path for folder in folders for path in folder.rglob(pattern) if path.is_file())


def describe(form, path):
    """Return what the host says of a file."""
    command = [*host_command(), "--scan", "--format", form, "--path", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=100)
    return json.loads(done.stdout)["plugins"]


def play_in_booth(form, path, plugin_id, audio, flush):
    """Return the output, and the values of all parameters that can be set."""
    mode = "flush" if flush else "keep"
    with load(f"{form}:{path}#{plugin_id}", sample_rate=RATE, block_size=BLOCK, denormals=mode, timeout=30) as plugin:
        values = {p.id: p.value for p in plugin.parameters.values() if not p.is_output}
        given = audio if len(audio) else None
        return plugin.process(given, frames=None if len(audio) else FRAMES, outputs="all"), values


def play_directly(form, path, plugin_id, audio, values, flush, folder, perturb):
    """Return the output of the direct caller, None if it cannot call it; ``perturb`` is what fresh memory holds."""
    name = plugin_id.replace("/", "_")
    source, target = folder / f"{name}.in.npz", folder / f"{name}.out.npz"
    keys = np.array(list(values), dtype=np.int64)
    np.savez(source, audio=audio, **{"ports" if form == "ladspa" else "params": keys}, values=list(values.values()))
    target.unlink(missing_ok=True)
    program = ROOT / "tests" / "direct" / f"{form}_direct.py"
    arguments = [str(path), plugin_id, str(RATE), str(BLOCK), str(int(flush)), str(source), str(target)]
    # what malloc() keeps for each thread it hands out as it is
    environment = {**os.environ, "MALLOC_PERTURB_": str(perturb), "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
    try:
        done = subprocess.run(
            [sys.executable, str(program), *arguments], env=environment, capture_output=True, check=False, timeout=10
        )
        if form == "lv2" and b"would not be instantiated" in done.stderr:
            return None  # it wants a worker, which the direct caller does not have
    except subprocess.TimeoutExpired:
        assert plugin_id in NEVER_LEAVES
    if form == "lv2" and not target.exists():
        return None  # it takes work or files that the direct caller does not know
    with np.load(target) as archive:
        return archive["audio"]


def compare(form, path, description, folder):
    """Return what is wrong with one plugin, None if nothing is."""
    plugin_id = description["id"]
    buses = description.get("buses", [])
    inputs = sum(bus["channels"] for bus in buses if bus["direction"] == "input")
    audio = np.random.default_rng(7).uniform(-0.5, 0.5, (inputs, FRAMES)).astype(np.float32)
    if form == "lv2" and inputs > 1:  # channels are in the order of buses here, in that of ports there
        audio[1:] = audio[0]
    flush = description.get("index", 0) % 2 == 0
    try:
        ours, values = play_in_booth(form, path, plugin_id, audio, flush)
    except PluginLoadError:  # tools/census.py is about those
        return None
    if form == "vst2":  # giving a plugin the 0 .. 1 that it says would round what it means by it
        values = {}
    directly = play_directly(form, path, plugin_id, audio, values, flush, folder, 0)
    if directly is None:
        return None
    if ours.tobytes() == directly.tobytes() or plugin_id in NOT_REPEATABLE:
        return None
    # A plugin that does not repeat itself, or that reads memory which nobody has written, says nothing of us.
    again = [play_directly(form, path, plugin_id, audio, values, flush, folder, perturb) for perturb in (0, 85, 170)]
    if any(one.tobytes() != directly.tobytes() for one in again):
        return None
    first = int(np.argmax((ours != directly).any(axis=0)))
    return f"{path.name}#{plugin_id} differs from frame {first} on"


def check(form, path, folder):
    if path is None:
        absent(f"any {form} plugin")
    found = describe(form, path)
    assert found
    chosen = found if os.environ.get("ISOBOOTH_ALL_PLUGINS") else found[:: -(-len(found) // MOST_OF_A_FILE)]
    with ThreadPoolExecutor(2) as pool:
        wrong = list(pool.map(lambda one: compare(form, path, one, folder), chosen))
    assert [text for text in wrong if text] == []


def name_of(path):
    return path.stem if path else "none"


@pytest.mark.parametrize("path", files(LADSPA_FOLDERS, "*.so") or [None], ids=name_of)
def test_ladspa(path, tmp_path):
    check("ladspa", path, tmp_path)


def vst2_files():
    """Return files that are plugins: LSP's share a library that lies beside them."""
    return [path for path in files(VST2_FOLDERS, "*.so") if not path.name.startswith("lsp-plugins-vst2-")]


@pytest.mark.parametrize("path", vst2_files() or [None], ids=name_of)
def test_vst2(path, tmp_path):
    check("vst2", path, tmp_path)


@pytest.mark.parametrize("path", files(CLAP_FOLDERS, "*.clap") or [None], ids=name_of)
def test_clap(path, tmp_path):
    check("clap", path, tmp_path)


def bundles():
    """Bundles of LV2 with a library; others have a specification, or presets alone."""
    return [one.parent for one in files(LV2_FOLDERS, "manifest.ttl") if any(one.parent.glob("*.so"))] or [None]


@pytest.mark.parametrize("path", bundles(), ids=name_of)
def test_lv2(path, tmp_path):
    check("lv2", path, tmp_path)

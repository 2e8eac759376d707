"""WCLAPs from the outside: a client, a booth, and what becomes of a plugin that crashes in its sandbox."""

from __future__ import annotations

import contextlib
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth import client
from isobooth.client import PluginCrashed, PluginError, PluginLoadError, load
from isobooth.host.formats.wclap.cache_key import triple
from isobooth.host.formats.wclap.runtime import wasmtime_version
from tests.support import until

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packages" / "host" / "tests"))
from wclap_modules import built, need_wclap

TRAP = "crashed in its sandbox: it reached what it held to be unreachable"
ONES = np.ones((2, 256), np.float32)


@pytest.fixture
def liar(tmp_path_factory, tmp_path, monkeypatch):
    """A function that makes a bundle which traps or lies where it is told."""
    need_wclap()
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "WCLAP_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    module = built("wclap_liar", tmp_path_factory.getbasetemp())

    def make(mode):
        bundle = tmp_path / "Liar.wclap"
        bundle.mkdir()
        (bundle / "module.wasm").write_bytes(module.read_bytes())
        (bundle / "mode").write_text(mode)
        return str(bundle)

    return make


def test_what_crashed_in_its_sandbox_comes_back_with_its_state(liar):
    with load(liar("once"), restart="once", on_crash="silence") as plugin:
        assert np.array_equal(plugin.process(ONES)[:, -1], [0.5, 0.5])
        plugin.load_state(struct.pack("<d", 0.25))  # it crashes in the next block, but only once
        heard = []
        plugin.listen(heard.append)
        plugin.process(ONES)
        assert until(lambda: plugin.restarts == 1 and plugin.wait_alive(0.0))
        assert until(lambda: np.array_equal(plugin.process(ONES)[:, -1], [0.25, 0.25]))
        assert until(lambda: any(isinstance(one, client.Recovered) for one in heard))
        (crash,) = [one for one in heard if isinstance(one, client.Crashed)]
        assert TRAP in str(crash.error)


def test_without_a_policy_it_is_a_crash_that_names_plugin_and_trap(liar):
    with load(liar("process")) as plugin:

        def play():
            """The block itself is an error of the plugin's; its end takes a moment more."""
            with contextlib.suppress(PluginError):
                plugin.process(ONES)
            return not plugin.is_alive

        assert until(play)
        with pytest.raises(PluginCrashed) as caught:
            plugin.process(ONES)
        assert str(caught.value).startswith("Liar was ended because it has " + TRAP)


def test_what_was_odd_of_it_while_it_was_loaded_is_in_its_log(liar):
    bundle = Path(liar("nothing"))
    code = bundle / "precompiled" / f"{triple()}-{wasmtime_version()}.cwasm"
    code.parent.mkdir()
    code.write_bytes(b"from anywhere")
    with load(bundle) as plugin:
        (line,) = [line for line in plugin.log if "compiled code" in line]
    assert line.startswith("[warning] ")
    assert code.name in line


def test_a_variable_that_is_set_after_the_first_load_counts(liar, tmp_path, monkeypatch):
    bundle = liar("nothing")
    with load(bundle) as plugin:
        assert not [line for line in plugin.log if "cache of compiled modules" in line]
    open_to_all = tmp_path / "others"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setenv("WCLAP_CACHE_DIR", str(open_to_all))
    with load(bundle) as plugin:
        assert [line for line in plugin.log if "cache of compiled modules" in line and str(open_to_all) in line]


def test_a_request_that_it_dies_of_is_a_crash(liar):
    with load(liar("save")) as plugin:
        assert np.array_equal(plugin.process(ONES)[:, -1], [0.5, 0.5])
        with pytest.raises(PluginCrashed, match=TRAP):
            plugin.save_state()


def test_one_that_cannot_be_started_is_an_error_that_names_file_and_trap(liar):
    with pytest.raises(PluginLoadError, match=TRAP) as caught:
        load(liar("entry init"))
    assert "Liar.wclap" in str(caught.value)


def test_one_that_spins_is_ended_by_the_client(tmp_path_factory, tmp_path, monkeypatch):
    need_wclap()
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "WCLAP_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    path = built("wclap_hostile", tmp_path_factory.getbasetemp(), "-DSPINS")
    with load(str(path), timeout=1.0) as plugin, pytest.raises(client.PluginTimeout, match="Hostile"):
        for _ in range(3):
            plugin.process(np.zeros((0, 256), np.float32))

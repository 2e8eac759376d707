"""A trap in every function of a plugin, and a lie to every function of the host: named, and survived."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.host.formats.wclap.plugin import load
from isobooth.host.plugin import Activation
from isobooth.protocol.errors import IsoboothError, PluginError, PluginLoadError
from isobooth.protocol.events import ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from wclap_modules import built, need_wclap

HERE = Path(__file__).resolve().parent
TRAP = "it reached what it held to be unreachable"


@pytest.fixture
def liar(tmp_path_factory, tmp_path, monkeypatch):
    """A function that makes a booth of the plugin in a mode."""
    need_wclap()
    folder = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "wclap-data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    module = built("wclap_liar", folder)

    def make(mode):
        bundle = tmp_path / "Liar.wclap"
        bundle.mkdir()
        (bundle / "module.wasm").symlink_to(module)
        (bundle / "mode").write_text(mode)
        return Booth(bundle, folder, load=load)

    return make


def lead_a_life(booth):
    """All that is done with a plugin; what could not be done."""
    plugin, failures = booth.plugin, []

    def attempt(what):
        try:
            return what()
        except IsoboothError as error:
            failures.append(str(error))
            return None

    attempt(booth.start)
    if not failures:
        event = ParamValue(1, 0.5, time=0)
        for _ in range(2):
            answer = booth.play(np.ones((2, 64), np.float32), [event])
        if answer.status == lib.IB_STATUS_OK:
            assert np.array_equal(answer.audio, np.full((2, 64), 0.5, np.float32))
        else:
            assert answer.status in {lib.IB_STATUS_PLUGIN_ERROR, lib.IB_STATUS_NOT_STARTED}
            assert not answer.audio.any()
    attempt(plugin.values)
    attempt(lambda: plugin.value_to_text(1, 0.5))
    attempt(lambda: plugin.text_to_value(1, "x"))
    attempt(lambda: plugin.load_state(attempt(plugin.save_state) or b""))
    attempt(booth.stop)
    attempt(plugin.save_state)
    booth.driver = None
    return failures


AT_LOAD = ["entry init", "get_factory", "count", "descriptor", "create", "init", "get_extension", "ports count"]
AT_LOAD += ["ports get", "params count", "params info"]
AT_USE = ["activate", "start", "process", "save", "load", "value to text", "text to value", "params value", "stop"]
AT_USE += ["deactivate", "latency"]


@pytest.mark.parametrize("place", AT_LOAD)
def test_a_trap_while_it_is_loaded_is_an_error_that_names_file_and_trap(liar, place):
    with pytest.raises(PluginLoadError, match=TRAP) as caught:
        liar(place)
    assert "Liar.wclap" in str(caught.value)


@pytest.mark.parametrize("place", AT_USE)
def test_a_trap_in_use_is_an_error_that_names_plugin_and_trap(liar, place):
    try:
        with liar(place) as booth:
            failures = lead_a_life(booth)
    except PluginLoadError as error:  # values are asked for when it is described
        failures = [str(error)]
    assert [text for text in failures if "iar" in text and TRAP in text], failures


@pytest.mark.parametrize("place", ["destroy", "deinit", "on_main_thread", "flush", "tail", "nowhere"])
def test_a_trap_at_the_end_or_in_what_is_not_called_is_survived(liar, place):
    with liar(place) as booth:
        lead_a_life(booth)
    assert not [text for text in booth.logged if "nowhere" in text[1]]


AT_HOST = ["extension", "extension endless", "log", "log endless", "preset error", "preset loaded", "undo name"]
AT_HOST += ["undo delta", "registry name", "registry id", "track", "timer", "tuning", "stream", "stream write"]
AT_HOST += ["stream read", "host", "host null", "host of a kind", "stream size"]


@pytest.mark.parametrize("lie", AT_HOST)
def test_a_lie_to_the_host_is_named_and_ends_the_plugin(liar, lie):
    with liar(f"lie:{lie}") as booth:
        with pytest.raises(PluginError) as caught:
            booth.plugin.load_state(booth.plugin.save_state())
        assert "has crashed in its sandbox" in str(caught.value)
        assert "unreachable" not in str(caught.value)
        with pytest.raises(PluginError, match="runs no more"):
            booth.plugin.save_state()


@pytest.mark.parametrize(
    "lie", ["event at", "event list", "event list null", "event size", "event short", "event null", "event kind"]
)
def test_a_lie_about_events_harms_nothing_but_the_plugin(liar, lie):
    with liar(f"lie:{lie}") as booth:
        booth.start()
        answer = booth.play(np.ones((2, 64), np.float32))
        if answer.status == lib.IB_STATUS_OK:
            assert np.array_equal(answer.audio, np.full((2, 64), 0.5, np.float32))
            assert len(answer.events) == (lie == "event size")  # it is as long as it must be, and longer
        else:
            assert [text for level, text in booth.drain() if level == 4 and "sandbox" in text]


@pytest.mark.parametrize("lie", ["nothing", "scratch", "status", "param name"])
def test_what_may_be_nothing_or_too_much_is_no_crime(liar, lie):
    with liar(f"lie:{lie}") as booth:
        assert not [text for text in lead_a_life(booth) if "no more" in text]


@pytest.mark.parametrize("lie", ["ports count", "channels", "params count", "count", "factory", "entry init"])
def test_numbers_that_cannot_be_are_refused_or_bounded(liar, lie):
    try:
        with liar(f"lie:{lie}") as booth:
            assert len(booth.plugin.descriptor.parameters) <= 100_000
            if lie == "channels":
                with pytest.raises(PluginError):
                    booth.plugin.activate(Activation(48000.0, 1, 256, 4, offline=False))
            else:
                lead_a_life(booth)
    except PluginLoadError as error:
        assert "Liar.wclap" in str(error)


def test_a_save_that_says_no_is_the_plugins_error_and_it_lives_on(liar):
    with liar("lie:save") as booth:
        booth.start()
        for _ in range(2):
            with pytest.raises(PluginError, match=r"save\(\) returned false"):
                booth.plugin.save_state()
        assert booth.play(np.ones((2, 64), np.float32)).status == lib.IB_STATUS_OK


def test_samples_of_64_bits_stay_what_they_are(liar):
    with liar("nowhere") as booth:
        assert all(bus.supports_float64 for bus in booth.plugin.descriptor.buses)
        booth.start(sample_bytes=8)
        noise = np.random.default_rng(3).uniform(-1, 1, (2, 100))
        answer = booth.play(noise)
        assert answer.status == lib.IB_STATUS_OK
        assert np.array_equal(answer.audio, noise * 0.5)


def test_it_plays_where_address_space_is_scarce(liar, tmp_path):
    with liar("nowhere") as booth:
        bundle = booth.plugin.descriptor.path
    code = (
        "import sys, numpy as np\nfrom pathlib import Path\nfrom clap_booth import Booth\n"
        "from isobooth.host.formats.wclap import runtime\nfrom isobooth.host.formats.wclap.plugin import load\n"
        "with Booth(sys.argv[1], Path(sys.argv[2]), load=load) as booth:\n"
        "    booth.start()\n"
        "    assert (booth.play(np.ones((2, 64), np.float32)).audio == 0.5).all()\n"
        "    assert runtime.limits().is_bounded\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", code, bundle, str(tmp_path)],
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- modules that no compiler makes ------------------------------------------------------------------------------------

_TYPES = "(type $ii (func (param i32) (result i32)))"
_ENTRY = '(global (export "clap_entry") i32 (i32.const 16))'
_MEMORY = '(memory (export "memory") 1)'
_TABLE = '(table (export "t") 4 funcref)'
_MALLOC = '(func (export "malloc") (param i32) (result i32) i32.const 1024)'


def module(tmp_path, *parts):
    from wasmtime import wat2wasm

    path = tmp_path / "made.wasm"
    path.write_bytes(bytes(wat2wasm(f"(module {' '.join(parts)})")))
    return path


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([_ENTRY, '(memory (export "memory") i64 1)', _TABLE, _MALLOC], "64-bit module (wasm64)"),
        (['(global (export "clap_entry") i64 (i64.const 16))', _MEMORY, _TABLE, _MALLOC], "64-bit module (wasm64)"),
        (['(import "env" "memory" (memory i64 1 2 shared))', _ENTRY, _TABLE, _MALLOC], "64-bit module (wasm64)"),
        (['(import "env" "memory" (memory 1 2))', _ENTRY, _TABLE, _MALLOC], "a memory that is not shared"),
        ([_ENTRY, _MEMORY, '(table (export "t") 4 20 funcref)', _MALLOC], "-Wl,--growable-table"),
        ([_ENTRY, _MEMORY, '(table (export "t") 1048570 funcref)', _MALLOC], "its table"),
        ([_ENTRY, _MEMORY, '(table (export "t") 2000000 funcref)', _MALLOC], "table"),
        ([_ENTRY, '(memory (export "memory") 65536)', _TABLE, _MALLOC], "memory"),
        (
            ['(import "env" "m" (memory 65536 65536 shared))', _ENTRY, _TABLE, _MALLOC],
            "a plugin may have 1024 MiB",
        ),
        (['(import "env" "gone" (func))', _ENTRY, _MEMORY, _TABLE, _MALLOC], "env::gone"),
        (['(import "wasi_snapshot_preview1" "gone" (func))', _ENTRY, _MEMORY, _TABLE, _MALLOC], "gone"),
        (['(import "wasi_snapshot_preview1" "fd_write" (func))', _ENTRY, _MEMORY, _TABLE, _MALLOC], "fd_write"),
        (['(import "env" "g" (global i32))', _ENTRY, _MEMORY, _TABLE, _MALLOC], "env::g"),
        ([_ENTRY, _MEMORY, _TABLE, '(func (export "malloc") (result i32) i32.const 1)'], "malloc"),
        ([_ENTRY, _MEMORY, _TABLE, '(global (export "malloc") i32 (i32.const 0))'], "malloc"),
        ([_ENTRY, _MEMORY, _TABLE, '(func (export "malloc") (param i32) (result i32) i32.const -16)'], "malloc"),
        ([_ENTRY, _MEMORY, _TABLE, '(func (export "malloc") (param i32) (result i32) unreachable)'], TRAP),
        ([_ENTRY, _MEMORY, _TABLE, _MALLOC, "(func $s unreachable) (start $s)"], TRAP),
        ([_ENTRY, _MEMORY, _TABLE, _MALLOC, '(func (export "_initialize") (param i32))'], "_initialize"),
        (
            ['(global (export "clap_entry") i32 (i32.const -8))', '(memory (export "memory") 8)', _TABLE, _MALLOC],
            "clap_entry lies outside",
        ),
        ([_ENTRY, '(memory (export "memory") 8)', _TABLE, _MALLOC], "named function 0"),
        ([_ENTRY, "(memory 8)", _TABLE, _MALLOC], "exports no memory"),
        ([_MEMORY, _TABLE, _MALLOC], "exports no clap_entry"),
    ],
)
def test_a_module_that_cannot_be_a_plugin_is_refused_with_the_reason(tmp_path, parts, reason):
    need_wclap()
    path = module(tmp_path, *parts)
    with pytest.raises(PluginLoadError) as caught:
        Booth(path, tmp_path, load=load)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_a_table_that_is_filled_while_it_starts_has_no_room_for_more(tmp_path):
    """clap_entry.init grows the table until it gets no more; the host's functions are in it by then."""
    need_wclap()
    grow = (
        "(func $init (param i32) (result i32) (loop $on (br_if $on (i32.ne (i32.const -1) "
        "(table.grow $t (ref.null func) (i32.const 65536))))) i32.const 1)"
    )
    none = "(func $none (param i32) (result i32) i32.const 0) (func $end)"
    table = '(table $t (export "t") 4 funcref) (elem (table $t) (i32.const 1) func $init $end $none)'
    entry = r'(data (i32.const 16) "\01\00\00\00\02\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00\03\00\00\00")'
    path = module(tmp_path, _ENTRY, '(memory (export "memory") 8)', _MALLOC, grow, none, table, entry)
    with pytest.raises(IsoboothError, match="holds no plugin"):
        Booth(path, tmp_path, load=load)


def test_a_module_whose_memory_is_shared_plays(tmp_path_factory, tmp_path, monkeypatch):
    need_wclap()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path_factory.getbasetemp()
    flags = [
        "-mcpu=generic+atomics+bulk_memory+simd128",
        "-Wl,--import-memory",
        "-Wl,--shared-memory",
        "-Wl,--export-memory",
    ]
    path = built("wclap_liar", folder, *flags, "-Wl,--max-memory=67108864")
    assert b"\x02\x03" in path.read_bytes()  # an imported memory, shared, with both bounds
    with Booth(path, folder, load=load) as booth:
        assert lead_a_life(booth) == []

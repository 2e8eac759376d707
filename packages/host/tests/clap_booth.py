"""A booth in the test's own process: the real engine with its real audio thread, and a client for blocks."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import cffi
import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.clap.plugin import load
from isobooth.host.plugin import Activation, LoadRequest
from isobooth.protocol import get_include
from isobooth.protocol.events import decode_events, encode_event

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
REAL = ROOT / ".cache" / "plugins" / "usr" / "lib" / "clap"
EVENT_BYTES = 1 << 16

_CLIENT = Path(get_include(), "isobooth", "client.h").read_text(encoding="utf-8")
_DRIVER = """
struct driver;
struct driver *driver_new(uint32_t frames, uint32_t sample_bytes, uint32_t inputs, uint32_t outputs,
                          uint32_t event_bytes);
void *driver_memory(struct driver *driver);
uint64_t driver_bytes(const struct driver *driver);
void *driver_begin(struct driver *driver);
void *driver_input(struct driver *driver, uint32_t channel);
void *driver_output(struct driver *driver, uint32_t channel);
void *driver_events(struct driver *driver, int output);
uint32_t driver_run(struct driver *driver, uint32_t frames, uint32_t flags, uint64_t constant_mask,
                    uint32_t event_bytes, const struct ib_transport *transport, struct ib_result *result);
void driver_free(struct driver *driver);
"""
dffi = cffi.FFI()
dffi.cdef(Path(get_include(), "isobooth", "layout.cdef.h").read_text(encoding="utf-8"))
dffi.cdef(_CLIENT[_CLIENT.index("struct ib_result {") :].partition("};")[0] + "};")
dffi.cdef(_DRIVER)
_libraries: dict[tuple[str, ...], Path] = {}


def compiled(name: str, folder: Path, *flags: str) -> Path:
    """A test plugin (or the driver) as a library; compiled once for each set of flags."""
    key = (name, *flags)
    if key not in _libraries:
        compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
        compiler = compiler if shutil.which(compiler) else "gcc"
        target = folder / f"{name}-{len(_libraries)}.clap"
        include = [f"-I{HERE.parent / 'src' / 'isobooth' / 'host'}", f"-I{get_include()}", f"-I{HERE / 'plugins'}"]
        source = HERE / "plugins" / f"{name}.c"
        command = [
            compiler,
            "-std=gnu11",
            "-D_GNU_SOURCE",
            "-O1",
            "-g",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
        ]
        subprocess.run(
            [
                *command,
                "-fvisibility=hidden" if name != "clap_driver" else "-fvisibility=default",
                *include,
                *flags,
                str(source),
                "-o",
                str(target),
                "-lm",
                "-lpthread",
            ],
            check=True,
        )
        _libraries[key] = target
    return _libraries[key]


def real_plugin(name: str) -> Path:
    """A CLAP from Debian; its absence skips a test here and fails it where everything must be there."""
    path = REAL / name
    if not path.is_file():
        reason = f"{name} is not there: run python3 tools/plugins.py"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@dataclass
class Answer:
    """What came back for a block."""

    status: int
    flags: int
    audio: np.ndarray
    events: list = field(default_factory=list)
    latency: int = 0
    tail: int = 0
    constant_mask: int = 0


class Booth:
    """One instance and an engine. A context manager."""

    _retired: ClassVar[list] = []

    def __init__(self, path, folder, plugin_id="", load=load):
        self._driver_library = dffi.dlopen(str(compiled("clap_driver", folder)))
        self._header = self._driver_library.driver_new(1, 4, 0, 0, 64)
        self._memories = [self._header]
        wrong = ffi.new("const char **")
        self.engine = lib.ib_engine_new(
            self._cast(self._driver_library.driver_memory(self._header)),
            self._driver_library.driver_bytes(self._header),
            wrong,
        )
        assert self.engine != ffi.NULL, ffi.string(wrong[0])
        while Booth._retired:
            self._driver_library.driver_free(Booth._retired.pop())
        self.mailbox = lib.ib_engine_mailbox(self.engine)
        self.driver = None
        self.flush_denormals = 1
        self.logged: list[tuple[int, str]] = []
        self.drain()
        self.logged.clear()
        self.plugin = load(LoadRequest(str(path), plugin_id, 48000.0, 256, 0, 0, self.mailbox))

    @staticmethod
    def _cast(pointer):
        return ffi.cast("void *", int(dffi.cast("uintptr_t", pointer)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.plugin.close()
        lib.ib_engine_free(self.engine)
        self.drain()
        # The engine notes what the process does in the header that it had last, also when the engine is gone: the
        # memory stays until the next booth has brought its own.
        Booth._retired += self._memories

    def start(self, rate=48000.0, frames=256, sample_bytes=4, least=1, offline=False):
        descriptor = self.plugin.descriptor
        self.dtype = np.float32 if sample_bytes == 4 else np.float64
        self.inputs, self.outputs = descriptor.channels("input"), descriptor.channels("output")
        self.driver = self._driver_library.driver_new(frames, sample_bytes, self.inputs, self.outputs, EVENT_BYTES)
        self._memories.append(self.driver)
        wrong = lib.ib_engine_attach(
            self.engine,
            self._cast(self._driver_library.driver_memory(self.driver)),
            self._driver_library.driver_bytes(self.driver),
        )
        assert wrong == ffi.NULL, ffi.string(wrong)
        self.activation = Activation(rate, least, frames, sample_bytes, offline)
        self.begin()

    def begin(self):
        self.plugin.activate(self.activation)
        operations = self.plugin.operations()
        run = ffi.new("struct ib_activation *")
        run.table, run.plugin = operations.table, operations.plugin
        run.latency, run.tail = self.plugin.latency(), self.plugin.tail()
        run.most_frames = self.activation.max_frames
        run.sample_rate = self.activation.sample_rate
        run.flush_denormals = self.flush_denormals
        wrong = lib.ib_engine_run(self.engine, run)
        assert wrong == ffi.NULL

    @property
    def refused(self):
        return bool(lib.ib_engine_refused(self.engine))

    def stop(self):
        if self.driver is not None:
            lib.ib_engine_park(self.engine)
            self.plugin.deactivate()

    def play(self, audio=None, events=(), *, frames=None, transport=None, flags=0, constant_mask=0):
        """One block. Events are pairs of (event, or its bytes); times in them count."""
        driver, library = self.driver, self._driver_library
        assert library.driver_begin(driver) != dffi.NULL
        count = frames if frames is not None else audio.shape[1]
        if audio is not None:
            for channel in range(self.inputs):
                self._plane(library.driver_input(driver, channel), count)[:] = audio[channel]
        area = b"".join(raw(event) for event in events)
        dffi.memmove(library.driver_events(driver, 0), area, len(area))
        if transport is not None:
            flags |= lib.IB_BLOCK_TRANSPORT
        result = dffi.new("struct ib_result *")
        status = library.driver_run(driver, count, flags, constant_mask, len(area), transport or dffi.NULL, result)
        out = [self._plane(library.driver_output(driver, c), count).copy() for c in range(self.outputs)]
        said = bytes(dffi.buffer(library.driver_events(driver, 1), result.out_event_bytes))
        return Answer(
            status,
            result.status_flags,
            np.array(out),
            decode_events(said),
            result.latency,
            result.tail,
            result.out_constant_mask,
        )

    def _plane(self, pointer, frames):
        size = frames * np.dtype(self.dtype).itemsize
        return np.frombuffer(dffi.buffer(pointer, size), dtype=self.dtype)

    def asked(self):
        """What is left of the mailbox's bits, but for that of the log, after the format has seen them."""
        return self.plugin.on_asked(lib.ib_take_asked(self.mailbox)) & ~lib.IB_ASK_LOG

    def drain(self):
        """Move the log into ``logged``; returns all of it."""
        line = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES)
        while (level := lib.ib_log_pop(line)) >= 0:
            self.logged.append((level, ffi.string(line).decode("utf-8", "replace")))
        return self.logged

    def faults(self):
        """Lines of level 3 (a test plugin's complaints) and above."""
        return [text for level, text in self.drain() if level >= 3]


def raw(event):
    """An event's bytes with its time."""
    if isinstance(event, bytes):
        return event
    data = bytearray(encode_event(event, int))
    struct.pack_into("<I", data, 4, event.time)
    return bytes(data)

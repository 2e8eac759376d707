"""The host's objects as a VST3 plugin meets them, and what a plugin has of its own, made of callbacks."""

from __future__ import annotations

import os
import threading
from typing import ClassVar

from isobooth.host._core import ffi, lib

OK, FALSE, INVALID, NOT_IMPLEMENTED, OUT_OF_MEMORY, NO_INTERFACE = 0, 1, 2, 3, 6, -1

ALL = {name.removeprefix("vst3_").removesuffix("_iid") for name in dir(lib) if name.endswith("_iid")}
"""Names of all interfaces that are declared."""


def iid(name):
    return bytes(ffi.buffer(getattr(lib, f"vst3_{name}_iid")))


def text16(text):
    """A NUL-ended ``uint16_t[]``."""
    return ffi.from_buffer("uint16_t[]", text.encode("utf-16-le", "surrogatepass") + b"\0\0")


def from16(units):
    raw = bytes(ffi.buffer(units))
    length = next(i for i in range(0, len(raw), 2) if raw[i : i + 2] == b"\0\0")
    return raw[:length].decode("utf-16-le", "surrogatepass")


def call(pointer, name, *arguments):
    return getattr(pointer.vtbl, name)(pointer, *arguments)


def query(pointer, name):
    """(what queryInterface said, the interface or None)."""
    out = ffi.new("void **", ffi.cast("void *", 1))
    result = ffi.cast("struct vst3_FUnknown *", pointer).vtbl.queryInterface(pointer, iid(name), out)
    if out[0] == ffi.NULL:
        return result, None
    return result, ffi.cast(f"struct vst3_{name} *", out[0])


class Host:
    """A struct ib_vst3_host with a mailbox of its own. A context manager."""

    def __init__(self, vst3=ffi.NULL, name=b"isobooth"):
        self.mailbox = ffi.new("struct ib_mailbox *")
        self.mailbox.wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.log()
        self.pointer = lib.ib_vst3_host_new(self.mailbox, vst3, name)
        self.context = ffi.cast("struct vst3_IHostApplication *", lib.ib_vst3_host_context(self.pointer))
        self.handler = lib.ib_vst3_host_handler(self.pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        lib.ib_vst3_host_close(self.pointer)
        lib.ib_vst3_host_free(self.pointer)
        os.close(self.mailbox.wake_fd)
        self.log()

    def log(self):
        """Lines since the last call."""
        line, lines = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES), []
        while lib.ib_log_pop(line) >= 0:
            lines.append(ffi.string(line).decode())
        return lines

    def asked(self):
        return lib.ib_take_asked(self.mailbox) & ~lib.IB_ASK_LOG

    def create(self, name):
        """createInstance of IMessage or IAttributeList."""
        out = ffi.new("void **")
        result = call(self.context, "createInstance", iid(name), iid(name), out)
        assert result == OK
        return ffi.cast(f"struct vst3_{name} *", out[0])

    def of(self, name, owner=None):
        """An interface of the context (or of ``owner``), which the caller releases."""
        result, found = query(owner or self.context, name)
        assert result == OK
        return found

    def notices(self):
        notice, found = ffi.new("struct ib_vst3_notice *"), []
        while lib.ib_vst3_host_take_notice(self.pointer, notice):
            found.append((notice.kind, list(notice.numbers), notice.value))
        return found

    def leaks(self):
        text = ffi.new("char[]", 200)
        count = lib.ib_vst3_host_leaks(self.pointer, text, 200)
        return count, ffi.string(text).decode()


class Own:
    """An object of the plugin's: an interface whose methods are Python functions; ``count`` are its references.

    Python must not take away what a host may still hold.
    """

    _alive: ClassVar[list] = []

    def __init__(self, name, **methods):
        self.count = 1
        Own._alive.append(self)
        self._kept = []
        self._vtbl = ffi.new(f"struct vst3_{name}_vtbl *")
        self._struct = ffi.new(f"struct vst3_{name} *")
        self._struct.vtbl = self._vtbl
        self.pointer = self._struct
        own = {"queryInterface": lambda *_: NO_INTERFACE, "addRef": self._add, "release": self._release}
        for field, kind in ffi.typeof(self._vtbl[0]).fields:
            function = {**own, **methods}.get(field)
            if function is not None:
                callback = ffi.callback(kind.type, function)
                self._kept.append(callback)
                setattr(self._vtbl, field, callback)

    def _add(self, _):
        self.count += 1
        return self.count

    def _release(self, _):
        self.count -= 1
        return self.count


def elsewhere(function):
    """Run it on another thread; its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def address(pointer):
    return int(ffi.cast("uintptr_t", pointer))


def read_string(attributes, key, units=128):
    out = ffi.new("uint16_t[]", units)
    result = call(attributes, "getString", key, out, units * 2)
    return from16(out) if result == OK else result


def read_binary(attributes, key):
    data, size = ffi.new("const void **"), ffi.new("uint32_t *")
    result = call(attributes, "getBinary", key, data, size)
    return bytes(ffi.buffer(data[0], size[0])) if result == OK else result


def read_int(attributes, key):
    value = ffi.new("int64_t *")
    result = call(attributes, "getInt", key, value)
    return value[0] if result == OK else None


def read_float(attributes, key):
    value = ffi.new("double *")
    result = call(attributes, "getFloat", key, value)
    return value[0] if result == OK else None

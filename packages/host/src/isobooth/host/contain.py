"""What a plugin does to the process that it shares with the host: noted, undone, and told to the client.

The work is done in engine/contain.c at the end of every ``phase``; this is its start and its report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._core import ffi, lib

if TYPE_CHECKING:
    from ._core import CData

_WHAT: tuple[tuple[int, str], ...] = (
    (lib.IB_CHANGED_LOCALE, "the locale"),
    (lib.IB_CHANGED_FLOATING_POINT, "the rounding or the exceptions of floating-point numbers"),
    (lib.IB_CHANGED_SIGNAL_MASK, "which signals are blocked"),
    (lib.IB_CHANGED_SIGNAL_HANDLERS, "what handles signals"),
    (lib.IB_CHANGED_FOLDER, "the working directory"),
    (lib.IB_CHANGED_UMASK, "the file mode mask"),
    (lib.IB_CHANGED_OUTPUT, "standard input or output"),
)


def contain() -> CData:
    """Note how the process is, before a plugin comes in. NULL, or why that cannot be done, as ``char *``."""
    return ffi.cast("const char *", lib.ib_contain_start())


def keep_descriptor(fd: int) -> int:
    """Move a descriptor that the host cannot do without to where few plugins look; its new number.

    If a plugin closes or replaces it all the same, the process says so and ends after that call.
    """
    raised = int(lib.ib_descriptor_raise(fd))
    lib.ib_contain_descriptor(raised)
    return raised


class Changes:
    """Sentences about what had to be undone, each once."""

    def __init__(self) -> None:
        self._told = 0

    def take(self) -> Iterator[str]:
        """What is new since the last call."""
        changed = int(lib.ib_contain_take())
        new, self._told = changed & ~self._told, self._told | changed
        for bit, what in _WHAT:
            if new & bit:
                yield f"the plugin changed {what} of its process; it was changed back"

"""Play audio plugins as if they were local objects, each in a process of its own.

>>> from isobooth.client import load
>>> with load("/usr/lib/ladspa/amp.so#amp_mono") as amp:
...     wet = amp.process(dry)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .version import __version__ as __version__

if TYPE_CHECKING:
    from .everything import *  # noqa: F403  (the names are listed there, in __all__)
else:
    # The command `isobooth` lives in this package, and its sub-commands that play nothing need none of this: neither
    # numpy nor asyncio, which would take most of the time of `isobooth list`.

    def __getattr__(name: str) -> object:
        """Import all names when the first of them is asked for (PEP 562)."""
        from importlib import import_module

        if name != "__all__" and name.startswith("__"):  # a question of Python's own: __wrapped__, __path__ ...
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        everything = import_module(".everything", __name__)
        found = {one: getattr(everything, one) for one in everything.__all__}
        globals().update(found, __all__=everything.__all__)
        if name not in globals():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]

    def __dir__() -> list[str]:
        """All names, as if they were here already."""
        return sorted({*globals(), *__getattr__("__all__")})

"""The contract between a booth and its client: memory layout, events, messages, descriptors, errors.

Importing this package imports nothing heavy; take what you need from its modules.
"""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"


def get_include() -> str:
    """Folder to give to a C compiler so that ``#include <isobooth/client.h>`` works."""
    return str(Path(__file__).parent / "include")

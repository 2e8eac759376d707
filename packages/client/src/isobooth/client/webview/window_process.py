"""The process of a window, ``python -m isobooth.client.webview.window_process``: see window.py.

What it shows comes on its standard input, as one line of JSON; when that input ends, the window closes. Its standard
output has one line: whether the window is there.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from typing import Any

from .window import SHOWN

NO_WINDOW = 3
"""Exit code where there can be no window."""


def main() -> int:
    """Show what standard input says until it ends. Exit code 0, or 3 where there can be no window."""
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what window systems print is no answer

    def answer(text: str) -> None:
        said.write(" ".join(text.split()) + "\n")
        said.flush()

    what = json.loads(sys.stdin.readline())
    try:
        webview: Any = importlib.import_module("webview")
        window = webview.create_window(what["title"], what["url"], width=what["width"], height=what["height"])

        def watch() -> None:
            sys.stdin.read()
            window.destroy()

        def shown() -> None:
            answer(SHOWN)
            threading.Thread(target=watch, daemon=True).start()

        webview.start(shown)
    except Exception as error:  # noqa: BLE001 - pywebview raises what the window system's bindings raise
        answer(f"{type(error).__name__}: {error}")
        return NO_WINDOW
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A window for a page, made by pywebview in a process of its own: window systems want a main thread to themselves.

``python -m isobooth.client.webview.window`` is that process. What it shows comes on its standard input, as one line of
JSON, since a command line can be read by everybody; when that input ends, the window closes.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from typing import Any

from isobooth.protocol.errors import PluginError

_LEAVE_SECONDS = 2.0
_NO_WINDOW = 3
"""Exit code of a process that could not make one."""


class Window:
    """One window, until ``close`` or until its user closes it. Raises PluginError without pywebview."""

    def __init__(self, url: str, title: str, width: int, height: int) -> None:
        if importlib.util.find_spec("webview") is None:
            raise PluginError(
                "a window for a plugin's page needs pywebview - pip install isobooth-client[window],"
                " or show it in the browser"
            )
        # Everything that this process needs of ours is found where it was found here.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "isobooth.client.webview.window"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        line = json.dumps({"url": url, "title": title, "width": width, "height": height}) + "\n"
        stdin = self._process.stdin
        if stdin is not None:
            with contextlib.suppress(OSError):  # it has ended: is_open tells
                stdin.write(line.encode())
                stdin.flush()

    @property
    def is_open(self) -> bool:
        """Is it there?"""
        return self._process.poll() is None

    def close(self) -> None:
        """Take it away."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> int:
    """Show what standard input says until it ends. Exit code 0, or 3 where there can be no window."""
    what = json.loads(sys.stdin.readline())
    try:
        webview: Any = importlib.import_module("webview")
        window = webview.create_window(what["title"], what["url"], width=what["width"], height=what["height"])

        def watch() -> None:
            sys.stdin.read()
            window.destroy()

        webview.start(lambda: threading.Thread(target=watch, daemon=True).start())
    except Exception as error:  # noqa: BLE001 - pywebview raises what the window system's bindings raise
        sys.stderr.write(f"no window could be made: {error}\n")
        return _NO_WINDOW
    return 0


if __name__ == "__main__":
    sys.exit(main())

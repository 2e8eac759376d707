"""A window for a page, made by pywebview in a process of its own: window systems want a main thread to themselves.

What it shows comes on its standard input, since a command line can be read by everybody.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import subprocess
import sys
import time

from isobooth.protocol.errors import PluginError

_LEAVE_SECONDS = 2.0
_SHOWN_SECONDS = 30.0
SHOWN = "shown"
"""What the process says once there is a window; anything else is why there is none."""


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
            [sys.executable, "-m", "isobooth.client.webview.window_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        line = json.dumps({"url": url, "title": title, "width": width, "height": height}) + "\n"
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is not None and stdout is not None:
            with contextlib.suppress(OSError):  # it has ended: its answer is empty
                stdin.write(line.encode())
                stdin.flush()
            reason = _answer(stdout.fileno())
            if reason:
                self.close()
                raise PluginError(f"no window could be made: {reason} - show the page in the browser")

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
        if self._process.stdout is not None:
            self._process.stdout.close()


def _answer(fd: int) -> str:
    """What the process says of its window: nothing if it is there, else why it is not."""
    deadline, said = time.monotonic() + _SHOWN_SECONDS, b""
    while b"\n" not in said:
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(fd, 4096) if ready else b""
        if not part:
            return "its process ended" if ready else "it took too long"
        said += part
    return said.decode("utf-8", "replace").strip().removeprefix(SHOWN)

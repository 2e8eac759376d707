"""Driving plugins/clap_rich.c: loading a state is a command, saving gives what the plugin has seen since."""

from __future__ import annotations

from isobooth.host._core import lib

NAME = "clap_rich"
COMPAT = "-DCOMPAT"


def without(prefix):
    """The flag for a plugin that lacks the extensions whose ids begin like that."""
    return f'-DWITHOUT="{prefix}"'


def tell(booth, command):
    """Let the plugin do something on the main thread; what the client is told, in order."""
    booth.plugin.load_state(command.encode())
    return notices(booth)


def notices(booth):
    """What the session would do with the mailbox's bits; what the client is told."""
    booth.plugin.on_asked(lib.ib_take_asked(booth.mailbox))
    return booth.plugin.take_notices()


def seen(booth):
    """What the plugin has seen since the last call, but for commands and saves."""
    lines = booth.plugin.save_state().decode().split("\n")
    return [line for line in lines if line and not line.startswith(("load ", "save "))]

"""Booths of a plugin that asks about licences, with a client that answers."""

from __future__ import annotations

import dataclasses
import os
import socket
import threading

import msgspec
from clap_booth import Booth, compiled
from wclap_modules import built

import isobooth.host.formats.clap.plugin as clap
import isobooth.host.formats.wclap.plugin as wclap
from isobooth.host.licensing.line import Line, Terms
from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import ChannelError
from isobooth.protocol.licensing import LicenseCheck, LicenseOnline, LicenseValidated, LicensingOffer

A, B = "test.licensed.a", "test.licensed.b"
KEY = "SECRET-KEY-0001"
URL = "https://vendor.test/validate"


class Client:
    """The other end of the channel, in a thread: answers every question as it is told to."""

    def __init__(self, check=None, online=None):
        ours, theirs = socket.socketpair()
        self._ends = [
            Channel(end.fileno(), os.dup(end.fileno()), kinds)
            for end, kinds in ((ours, m.ToClient), (theirs, m.ToHost))
        ]
        ours.detach()
        theirs.detach()
        self.line = Line(self._ends[1])
        self.asked = []
        self._check, self._online = check, online
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        channel = self._ends[0]
        try:
            while True:
                question = channel.receive()
                self.asked.append(question)
                answer = None
                if isinstance(question, LicenseCheck) and self._check is not None:
                    answer = self._check(question)
                elif isinstance(question, LicenseOnline) and self._online is not None:
                    answer = self._online(question)
                if answer is not None:
                    channel.send(msgspec.structs.replace(answer, number=question.number))
        except ChannelError:
            return

    def hear(self):
        """As the session does when the channel can be read."""
        self._ends[1].pump()

    def say(self, message):
        self._ends[0].send(message)

    def close(self):
        self._ends[1].close()
        self._thread.join()
        self._ends[0].close()


def plugins_of(plugin_format, folder, tmp_path, monkeypatch):
    """Makes booths of the plugin; all that is kept is kept in ``tmp_path``."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if plugin_format == "clap":
        path, load = compiled("clap_licensed", folder), clap.load
    else:
        path, load = built("clap_licensed", folder), wclap.load

    class Plugins:
        format = plugin_format

        def __init__(self):
            self.opened = []

        def __call__(self, plugin_id=A, client=None, terms=True, path=path, **offer):
            line = None if client is None else client.line
            what = Terms(LicensingOffer(**offer), line) if terms else None
            booth = Booth(
                path, folder, plugin_id, load=lambda request: load(dataclasses.replace(request, licensing=what))
            )
            booth.client = client
            self.opened.append(client)
            return booth

    made = Plugins()
    made.path, made.folder = path, tmp_path / "isobooth" / "licenses"
    yield made
    for client in made.opened:
        if client is not None:
            client.close()
    made.opened.clear()


def ask(booth, *lines):
    """Let the plugin do something; what came of it, callbacks included that are due at once."""
    booth.plugin.load_state("\n".join(lines).encode() + b"\n")
    serve(booth)
    return said(booth)


def serve(booth):
    if booth.client is not None:
        booth.client.hear()
        assert booth.client.line.next() is None
    booth.asked()


def said(booth):
    return booth.plugin.save_state().decode().splitlines()


def until_said(booth, line):
    """What the plugin has said, once that is among it."""
    found = []
    for _ in range(1000):
        serve(booth)
        found += said(booth)
        if any(one.startswith(line) for one in found):
            return found
        threading.Event().wait(0.01)
    raise AssertionError(found)


def drop_start(booth):
    return said(booth)[0]


def validates(result, seconds=0.0, message="", **more):
    """A client that answers every validation with this."""
    return lambda _: LicenseValidated(number=0, result=result, seconds=seconds, message=message, **more)

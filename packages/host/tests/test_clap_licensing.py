"""com.wclap.licensing/1 in a real engine: a plugin in C that asks, natively and from its sandbox."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

import isobooth.host.formats.clap.plugin as clap
import isobooth.host.formats.wclap.plugin as wclap
from isobooth.host._core import lib
from isobooth.host.licensing.line import Line, Terms
from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import ChannelError, PluginError
from isobooth.protocol.licensing import (
    LicenseCheck,
    LicenseChecked,
    LicenseOnline,
    LicenseValidated,
    LicensingOffer,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled
from wclap_modules import built

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


@pytest.fixture(params=["clap", "wclap"])
def plugins(request, tmp_path, tmp_path_factory, monkeypatch):
    """Makes booths of the plugin; all that is kept is kept in this test's folder."""
    folder = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.param == "clap":
        path, load = compiled("clap_licensed", folder), clap.load
    else:
        path, load = built("clap_licensed", folder), wclap.load

    class Plugins:
        format = request.param

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


# -- what is there -------------------------------------------------------------------------------------------------


def test_without_the_extension_the_plugin_is_a_demo(plugins):
    with plugins(terms=False) as booth:
        assert said(booth) == ["demo"]
    assert not plugins.folder.exists()


def test_nothing_is_licensed_by_default_and_nothing_is_written(plugins):
    with plugins() as booth:
        assert said(booth) == ["init 0 0"]
        assert ask(booth, "check product key", "nothing", "get 10") == ["check 0", "check 0", "get 0 "]
        assert booth.faults() == []
    assert not plugins.folder.exists()


def test_what_is_stored_is_there_in_the_next_booth_and_nobody_elses(plugins):
    with plugins() as booth:
        drop_start(booth)
        assert ask(booth, f"put {KEY}", "get 100", "get 3", "get 0") == [
            "store 1",
            f"get {len(KEY)} {KEY}",
            f"get {len(KEY)} {KEY[:3]}",
            f"get {len(KEY)} ",
        ]
    with plugins() as booth:
        assert drop_start(booth) == f"init {len(KEY)} 0"
    with plugins(B) as booth:
        assert drop_start(booth) == "init 0 0"
        assert ask(booth, "put other") == ["store 1"]
    with plugins() as booth:
        assert ask(booth, "get 100")[-1] == f"get {len(KEY)} {KEY}"
    assert (plugins.folder.stat().st_mode & 0o777) == 0o700
    files = list(plugins.folder.iterdir())
    assert len(files) == 2
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


def test_64_kib_can_be_stored_and_no_more(plugins):
    with plugins() as booth:
        drop_start(booth)
        assert ask(booth, "fill 65536", "get 65536", "fill 65537", "get 4") == [
            "store 1",
            "get 65536 " + 40 * "x",
            "store -1",
            "get 65536 xxxx",
        ]
        assert ask(booth, "fill 0", "get 4") == ["store 1", "get 0 "]


def test_a_machine_has_one_id_for_each_plugin_and_it_is_not_its_own(plugins):
    ids = {}
    for plugin_id, kind in ((A, "stable"), (B, "stable"), (A, "random")):
        for turn in range(2):
            with plugins(plugin_id, machine_id=kind) as booth:
                drop_start(booth)
                first, second = ask(booth, "id", "id")
                assert first == second
                ids[plugin_id, kind, turn] = first.removeprefix("id ")
    assert ids[A, "stable", 0] == ids[A, "stable", 1]
    assert ids[A, "random", 0] != ids[A, "random", 1]
    assert len(set(ids.values())) == 4
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids.values())
    raw = Path("/etc/machine-id")
    assert not raw.is_file() or raw.read_text().strip() not in ids.values()


def test_off_the_main_thread_nothing_is_done_and_the_log_says_so_once(plugins):
    with plugins() as booth:
        drop_start(booth)
        ask(booth, "put first", "process")
        booth.start(frames=32)
        booth.play(np.zeros((0, 32), np.float32))
        serve(booth)
        assert said(booth) == ["check -1", "id NULL", "store -1", "get 0"]
        lines = [line for line in booth.faults() if "off the main thread" in line]
        assert lines == ["it called licensing functions of the host off the main thread (refused)"]
        assert ask(booth, "get 10") == ["get 5 first"]


def test_texts_that_are_too_long_or_no_text_are_refused(plugins):
    with plugins() as booth:
        drop_start(booth)
        assert ask(booth, "check " + 257 * "p", f"check p {4097 * 'k'}", f"check {256 * 'p'} {4096 * 'k'}") == [
            "check -1",
            "check -1",
            "check 0",
        ]
        booth.plugin.load_state(b"check \xff\xfe SECRET\n")
        assert said(booth) == ["check -1"]
        assert not any("SECRET" in line for _, line in booth.drain())


# -- the client ----------------------------------------------------------------------------------------------------


def test_the_client_is_asked_who_it_is_by_our_record_and_may_say_yes(plugins):
    seen = []

    def check(question):
        seen.append((question.format, question.plugin_id, question.product_id, question.key))
        return LicenseChecked(number=0, verdict=question.key == KEY)

    with plugins(client=Client(check=check), check=True) as booth:
        assert drop_start(booth) == "init 0 0"
        assert ask(booth, f"check {B} {KEY}", f"check {B} wrong") == ["check 1", "check 0"]
    assert seen == [(plugins.format, A, *one) for one in (("at-start", ""), (B, KEY), (B, "wrong"))]


@pytest.mark.parametrize(
    ("answer", "result"),
    [(LicenseChecked(number=0), 0), (LicenseChecked(number=0, failed=True), -1), (None, -1)],
)
def test_no_opinion_is_no_and_no_answer_is_not_known(plugins, monkeypatch, answer, result):
    monkeypatch.setattr("isobooth.host.licensing.providers.CHECK_SECONDS", 0.05)
    with plugins(client=Client(check=lambda _: answer), check=True) as booth:
        drop_start(booth)
        assert ask(booth, f"check product {KEY}") == [f"check {result}"]
        assert not any(KEY in line for _, line in booth.drain())


def test_messages_that_come_meanwhile_are_kept(plugins):
    client = Client(check=lambda _: (client.say(m.Ping(id=7)), LicenseChecked(number=0, verdict=True))[1])
    with plugins(client=client, check=True) as booth:
        message = client.line.next()
        assert isinstance(message, m.Ping)
        assert message.id == 7
        assert drop_start(booth) == "init 0 1"


def test_a_block_never_waits_for_the_client_or_the_disk(plugins):
    """In the sandbox a block waits for the main thread's call: the answer to a new question is there the next time."""
    with plugins(client=Client(check=lambda _: LicenseChecked(number=0, verdict=True)), check=True) as booth:
        assert drop_start(booth) == "init 0 1"
        booth.start(frames=32)
        ask(booth, "check at-start", "check product known-later", "put while it plays", "get 50")
        if plugins.format == "wclap":
            for _ in range(1000):
                if ask(booth, "check product known-later") == ["check 1"]:
                    break
                threading.Event().wait(0.01)
            else:
                raise AssertionError("the answer never came")
        assert ask(booth, "check at-start", "check product known-later", "get 50") == [
            "check 1",
            "check 1",
            "get 14 while it plays",
        ]
        assert booth.play(np.zeros((0, 32), np.float32)).status == lib.IB_STATUS_OK
    with plugins() as booth:
        assert drop_start(booth).startswith("init 14 ")


# -- validation online ---------------------------------------------------------------------------------------------


def test_by_default_validation_is_refused_and_no_socket_is_made(plugins, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a socket was made")

    with plugins() as booth:
        drop_start(booth)
        monkeypatch.setattr(socket, "socket", never)
        assert ask(booth, f"validate {URL} {KEY}", f"check product {KEY}", "id", "put x", "get 9")[:2] == [
            "returned",
            "check 0",
        ]
        serve(booth)
    with plugins() as booth:
        drop_start(booth)
        booth.plugin.load_state(f"validate {URL} {KEY}\n".encode())
        assert said(booth) == ["returned"]  # the callback never comes within the call
        serve(booth)
        assert said(booth) == ["callback -1 online validation disabled by host policy"]


def validates(result, seconds=0.0, message="", **more):
    return lambda _: LicenseValidated(number=0, result=result, seconds=seconds, message=message, **more)


def test_a_validation_that_went_well_holds_in_later_booths_for_its_key_alone(plugins):
    client = Client(online=validates(1, 3600.0, "thank you"))
    with plugins(client=client, online="validate") as booth:
        drop_start(booth)
        booth.plugin.load_state(f"validate {URL}?q={KEY} {KEY}\n".encode())
        assert until_said(booth, "callback")[-1] == "callback 1 thank you"
        assert ask(booth, f"check any {KEY}", "check any other", "check any") == ["check 1", "check 0", "check 0"]
        question = client.asked[0]
        assert (question.plugin_id, question.format, question.url) == (A, plugins.format, f"{URL}?q={KEY}")
        assert question.machine_id == ask(booth, "id")[0].removeprefix("id ")
        lines = [line for _, line in booth.drain()]
        assert any(f"validated at {URL}?[hidden]: licensed, thank you" in line for line in lines)
        assert not any(KEY in line for line in lines)
    with plugins() as booth:
        drop_start(booth)
        assert ask(booth, f"check any {KEY}") == ["check 1"]
    with plugins(B) as booth:
        drop_start(booth)
        assert ask(booth, f"check any {KEY}") == ["check 0"]
    with plugins(machine_id="random") as booth:
        drop_start(booth)
        assert ask(booth, f"check any {KEY}") == ["check 0"]


def test_one_at_a_time_and_not_too_often(plugins):
    gate = threading.Event()

    def slow(_):
        gate.wait(10)
        return LicenseValidated(number=0, result=0, message="no")

    with plugins(client=Client(online=slow), online="validate") as booth:
        drop_start(booth)
        assert ask(booth, f"validate {URL} a", f"validate {URL} b", "validate http://vendor.test/ c") == [
            "returned",
            "returned",
            "returned",
            "callback -1 another validation is under way",
            "callback -1 the address is none of https",
        ]
        gate.set()
        assert until_said(booth, "callback")[-1] == "callback 0 no"
        assert ask(booth, f"validate {URL} a")[-1].startswith("callback -1 too soon")
    with plugins(online="validate") as booth:
        drop_start(booth)
        assert ask(booth, f"validate {URL} a")[-1] == "callback -1 online validation disabled by host policy"
    client = Client(online=slow)
    with plugins(client=client, online="validate") as booth:
        drop_start(booth)
        assert ask(booth, f"validate {URL} a")[-1].startswith("callback -1 too soon")  # nor in another booth
    assert not client.asked


def test_a_plugin_that_asks_in_every_callback_is_left_without_an_answer(plugins):
    with plugins() as booth:
        drop_start(booth)
        found = ask(booth, "again")
        for _ in range(50):
            found += ask(booth)
        assert 1 < len(found) <= 20
        assert any("is not answered any more" in line for line in booth.faults() + [t for _, t in booth.drain()])


def test_a_plugin_that_is_destroyed_first_is_not_called_back(plugins):
    gate = threading.Event()
    client = Client(online=lambda _: (gate.wait(10), LicenseValidated(number=0, result=1))[1])
    with plugins(client=client, online="validate") as booth:
        drop_start(booth)
        booth.plugin.load_state(f"validate {URL} {KEY}\n".encode())
        serve(booth)
    gate.set()  # it is gone, and what it stored in destroy() is kept
    assert client.line.next() is None
    with plugins(client=Client(online=validates(1)), online="validate") as booth:
        assert drop_start(booth) == "init 10 0"


def test_a_validation_that_never_ends_is_given_up(plugins, monkeypatch):
    monkeypatch.setattr("isobooth.host.licensing.online.VALIDATE_SECONDS", -4.9)
    with plugins(client=Client(), online="validate") as booth:
        drop_start(booth)
        booth.plugin.load_state(f"validate {URL} {KEY}\n".encode())
        assert booth.plugin.next_timer() is not None
        serve(booth)
        threading.Event().wait(0.11)
        booth.plugin.on_timers()
        assert said(booth)[-1] == "callback -1 the validation took too long"
        assert booth.plugin.next_timer() is None


def test_decisions_are_remembered_by_origin(plugins):
    client = Client(online=validates(-1, message="declined", decision="deny"))
    with plugins(client=client, online="ask") as booth:
        drop_start(booth)
        booth.plugin.load_state(f"validate {URL} {KEY}\n".encode())
        until_said(booth, "callback -1 declined")
        assert ask(booth, f"validate {URL}/elsewhere {KEY}")[-1] == (
            "callback -1 online validation was declined by the user"
        )
        assert len(client.asked) == 1
        assert not client.asked[0].agreed


# -- lies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugins", ["wclap"], indirect=True)  # a native one would end its process
@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("data", "a pointer that leads outside of its memory"),
        ("buffer", "a pointer that leads outside of its memory"),
        ("text", "a text that lies outside of its memory"),
        ("type", "a callback that is no function of two 32-bit numbers"),
        ("place", "a callback that is no function of two 32-bit numbers"),
    ],
)
def test_a_plugin_that_lies_dies_in_its_sandbox(plugins, lie, words):
    with plugins(client=Client(online=validates(1)), online="validate") as booth:
        drop_start(booth)
        with pytest.raises(PluginError, match=words):
            ask(booth, "put something", f"lie {lie}")
    with plugins() as booth:
        assert drop_start(booth) == "init 9 0"


# -- signed files --------------------------------------------------------------------------------------------------


def test_a_file_that_the_vendor_has_signed_is_a_licence(plugins):
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    from test_licensing import public, write_license

    vendor = ed25519.Ed25519PrivateKey.generate()
    write_license(plugins.folder, vendor, plugin=A, product="product")
    with plugins(keys={A: public(vendor)}) as booth:
        drop_start(booth)
        assert ask(booth, "check product", "check other", "check ../product") == ["check 1", "check 0", "check 0"]
    with plugins(B, keys={B: public(vendor)}) as booth:
        drop_start(booth)
        assert ask(booth, "check product") == ["check 0"]
        assert any("product.license is for another plugin" in line for _, line in booth.drain())
    with plugins() as booth:
        drop_start(booth)
        assert ask(booth, "check product") == ["check 0"]


@pytest.mark.parametrize("plugins", ["wclap"], indirect=True)  # a native one has no manifest
def test_a_bundles_own_key_counts_as_it_was_first(plugins, tmp_path):
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    from test_licensing import public, write_license

    vendor, thief = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    bundle = tmp_path / "Licensed.wclap"
    bundle.mkdir()
    (bundle / "module.wasm").write_bytes(plugins.path.read_bytes())
    results = []
    for owner, signer in ((vendor, vendor), (thief, thief), (thief, vendor)):
        (bundle / "manifest.json").write_bytes(msgspec.json.encode({"licensing": {"public_key": public(owner)}}))
        write_license(plugins.folder, signer, plugin=A, product="product")
        with plugins(path=bundle) as booth:
            drop_start(booth)
            results += ask(booth, "check product")
            is_told = any("another public key than when it was first used" in line for _, line in booth.drain())
            assert is_told == (owner is thief)
    assert results == ["check 1", "check 0", "check 1"]

"""validate_online in a real engine: whether it may be, how often, and that a plugin that is gone is left alone."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import pytest

from isobooth.protocol.licensing import LicenseValidated

sys.path.insert(0, str(Path(__file__).resolve().parent))
from licensing_booth import KEY, URL, A, B, Client, ask, drop_start, plugins_of, said, serve, until_said, validates


@pytest.fixture(params=["clap", "wclap"])
def plugins(request, tmp_path, tmp_path_factory, monkeypatch):
    yield from plugins_of(request.param, tmp_path_factory.getbasetemp(), tmp_path, monkeypatch)


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

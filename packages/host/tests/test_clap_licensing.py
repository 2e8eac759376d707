"""com.wclap.licensing/1 in a real engine: a plugin in C that asks, natively and from its sandbox."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol import messages as m
from isobooth.protocol.errors import PluginError
from isobooth.protocol.licensing import LicenseChecked

sys.path.insert(0, str(Path(__file__).resolve().parent))
from licensing_booth import KEY, A, B, Client, ask, drop_start, plugins_of, said, serve, validates
from test_licensing import public, signer, write_license


@pytest.fixture(params=["clap", "wclap"])
def plugins(request, tmp_path, tmp_path_factory, monkeypatch):
    yield from plugins_of(request.param, tmp_path_factory.getbasetemp(), tmp_path, monkeypatch)


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

    vendor = signer()
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

    vendor, thief = signer(), signer()
    bundle = tmp_path / "Licensed.wclap"
    bundle.mkdir()
    (bundle / "module.wasm").write_bytes(plugins.path.read_bytes())
    results = []
    for owner, signs in ((vendor, vendor), (thief, thief), (thief, vendor)):
        (bundle / "manifest.json").write_bytes(msgspec.json.encode({"licensing": {"public_key": public(owner)}}))
        write_license(plugins.folder, signs, plugin=A, product="product")
        with plugins(path=bundle) as booth:
            drop_start(booth)
            results += ask(booth, "check product")
            is_told = any("another public key than when it was first used" in line for _, line in booth.drain())
            assert is_told == (owner is thief)
    assert results == ["check 1", "check 0", "check 1"]

"""What a program decides about licences, with plugins in booths: checks, validations, questions for the user."""

from __future__ import annotations

import pickle
import socket
import sys
import threading
from pathlib import Path

import pytest

from isobooth.client import (
    ArgumentError,
    ArgumentTypeError,
    LicenseAsked,
    LicenseQuestion,
    Licensing,
    Logged,
    Validation,
    ValidationRequest,
    load,
)
from isobooth.protocol import get_include
from tests.support import ROOT, compile_plugin, until

TESTS = ROOT / "packages" / "host" / "tests"
SOURCES = TESTS / "plugins"
HOST = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
A = "test.licensed.a"
KEY = "SECRET-KEY-0001"
URL = "https://vendor.test/validate"


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    target = tmp_path_factory.mktemp("plugins") / "licensed.clap"
    flags = ["-D_GNU_SOURCE", *(f"-I{path}" for path in (SOURCES, HOST, get_include()))]
    return compile_plugin((SOURCES / "clap_licensed.c").read_text(encoding="utf-8"), target, *flags)


@pytest.fixture
def open_plugin(native, tmp_path):
    opened = []

    def get(path: Path = native, **settings):
        licensing = Licensing(folder=tmp_path / "licenses", **settings)
        opened.append(load(f"{path}#{A}", licensing=licensing))
        return opened[-1]

    yield get
    for plugin in opened:
        plugin.close()


def ask(plugin, *lines):
    plugin.state = "\n".join(lines).encode() + b"\n"
    return plugin.state.decode().splitlines()


def until_called_back(plugin, *lines):
    """Let the plugin do something; everything that came of it up to a callback."""
    found = ask(plugin, *lines) if lines else []

    def is_there():
        if lines and any(line.startswith("callback") for line in found):
            return True
        found.extend(plugin.state.decode().splitlines())
        return any(line.startswith("callback") for line in found)

    assert until(is_there), found
    return found


def start(plugin):
    return plugin.state.decode().splitlines()[0]


def test_off_means_off_and_nothing_is_licensed_by_default(native, open_plugin, tmp_path):
    with load(f"{native}#{A}", licensing="off") as plugin:
        assert start(plugin) == "demo"
    with load(f"{native}#{A}") as plugin:
        assert start(plugin).endswith(" 0")
    plugin = open_plugin()
    assert start(plugin) == "init 0 0"
    assert until_called_back(plugin, f"validate {URL} {KEY}") == [
        "returned",
        "callback -1 online validation disabled by host policy",
    ]
    assert not (tmp_path / "licenses").exists()


def test_a_check_is_asked_while_the_plugin_loads_and_later(open_plugin):
    asked: list[LicenseQuestion] = []

    def check(question):
        asked.append(question)
        return question.key == KEY or question.product_id == "at-start"

    plugin = open_plugin(check=check)
    assert start(plugin) == "init 0 1"
    assert ask(plugin, f"check mine {KEY}", "check mine other") == ["check 1", "check 0"]
    assert [(one.format, one.plugin_id, one.product_id) for one in asked] == [
        ("clap", A, "at-start"),
        ("clap", A, "mine"),
        ("clap", A, "mine"),
    ]
    assert KEY not in repr(asked)


def test_a_check_that_fails_is_told_without_the_key(open_plugin):
    answers = iter([ValueError(f"{KEY} is odd"), 1, [], None])

    def check(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    plugin = open_plugin(check=check)
    assert start(plugin) == "init 0 -1"
    assert ask(plugin, f"check mine {KEY}", f"check mine {KEY}", f"check mine {KEY}") == [
        "check -1",
        "check -1",
        "check 0",
    ]
    notices = plugin.take_notices()
    assert any(isinstance(one, Logged) and "licensing.check of this program has failed" in one.text for one in notices)
    assert KEY not in repr(notices[1:])  # the first was about another key, which the exception named all the same
    assert "returned list and not a bool" in str(plugin.log)


def test_a_validator_runs_beside_the_audio_and_its_yes_outlives_the_booth(open_plugin, monkeypatch):
    seen: list[ValidationRequest] = []
    go_on = threading.Event()

    def validator(request):
        seen.append(request)
        go_on.wait(20)
        return Validation(True, f"thank you for {KEY}")

    plugin = open_plugin(validator=validator)
    start(plugin)
    monkeypatch.setattr(socket, "socket", None)  # nothing here makes one
    assert ask(plugin, f"validate {URL}?k={KEY} {KEY}", f"put {KEY}")[0] == "returned"
    assert until(lambda: seen)
    assert plugin.process(frames=5000).shape == (0, 5000)
    assert ask(plugin, f"check mine {KEY}") == ["check 0"]
    go_on.set()
    assert until_called_back(plugin) == [f"callback 1 thank you for {KEY}"]
    request = seen[0]
    assert (request.format, request.plugin_id, request.origin) == ("clap", A, "https://vendor.test:443")
    assert (request.url, request.key) == (f"{URL}?k={KEY}", KEY)
    assert KEY not in repr(request)
    monkeypatch.undo()
    plugin.restart()
    assert f"init {len(KEY)} 1" in plugin.state.decode()
    assert KEY not in repr(plugin.take_notices()) + str(plugin.log)


def test_a_user_is_asked_and_the_answer_is_remembered(open_plugin):
    calls = []
    plugin = open_plugin(online="ask", validator=lambda request: calls.append(request.key))
    start(plugin)
    ask(plugin, f"validate {URL}?secret={KEY} {KEY}")
    found = []
    assert until(lambda: found or found.extend(one for one in plugin.take_notices() if isinstance(one, LicenseAsked)))
    (notice,) = found
    assert (notice.plugin_id, notice.origin) == (A, "https://vendor.test:443")
    plugin.answer_license(notice, allow=False, remember=True)
    assert until_called_back(plugin)[-1] == "callback -1 online validation was declined by the user"
    with pytest.raises(ArgumentError, match="has been answered"):
        plugin.answer_license(notice, allow=True)
    with pytest.raises(ArgumentTypeError, match="LicenseAsked"):
        plugin.answer_license(notice.number, allow=True)
    again = open_plugin(online="ask", validator=lambda request: calls.append(request.key))
    start(again)
    assert (
        until_called_back(again, f"validate {URL} {KEY}")[-1]
        == "callback -1 online validation was declined by the user"
    )
    assert "callback -1 too soon" in until_called_back(again, f"validate https://other.test/ {KEY}")[-1]
    assert calls == []


def test_a_user_who_agrees_lets_the_validator_run(open_plugin):
    plugin = open_plugin(online="ask", validator=lambda _: False)
    start(plugin)
    ask(plugin, f"validate {URL} {KEY}")
    assert plugin.wait_notice(20)
    notice = next(one for one in plugin.take_notices() if isinstance(one, LicenseAsked))
    plugin.answer_license(notice, allow=True)
    assert until_called_back(plugin)[-1] == "callback 0 "


@pytest.mark.parametrize("answer", [5, Validation("yes"), Validation(True, days=float("nan")), RuntimeError(KEY)])
def test_a_validator_that_fails_is_told_without_the_key(open_plugin, answer):
    def validator(_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    plugin = open_plugin(validator=validator)
    start(plugin)
    assert until_called_back(plugin, f"validate {URL}?k={KEY} {KEY}")[-1] == "callback -1 the validation has failed"
    assert "licensing.validator of this program has failed" in str(plugin.log)
    assert KEY not in str(plugin.log)


def test_a_webassembly_plugin_in_a_booth(open_plugin, tmp_path_factory):
    sys.path.insert(0, str(TESTS))
    try:
        from wclap_modules import built
    finally:
        sys.path.remove(str(TESTS))
    path = built("clap_licensed", tmp_path_factory.getbasetemp())
    plugin = open_plugin(path, check=lambda _: True, validator=lambda _: True)
    assert start(plugin) == "init 0 1"
    audio = plugin.process(frames=512)
    assert audio.shape == (0, 512)
    assert until_called_back(plugin, f"validate {URL} {KEY}")[-1] == "callback 1 "
    assert ask(plugin, f"check mine {KEY}") == ["check 1"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("deny", "must be a Licensing"),
        (Licensing(online="maybe"), "licensing.online"),
        (Licensing(online="validate"), "needs a validator"),
        (Licensing(online="ask"), "needs a validator"),
        (Licensing(validator=5), "licensing.validator"),
        (Licensing(check="yes"), "licensing.check"),
        (Licensing(machine_id="mine"), "licensing.machine_id"),
        (Licensing(folder=5), "licensing.folder"),
        (Licensing(keys=5), "licensing.keys"),
        (Licensing(keys={"a": "00"}), "no public key"),
        (Licensing(keys={"a": "zz" * 32}), "no public key"),
        (Licensing(keys={"a": 5}), "32 bytes"),
    ],
)
def test_settings_that_cannot_be_are_named(wrong, words):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=words):
        load("null:", licensing=wrong)


def test_settings_can_be_pickled():
    settings = Licensing(keys={"a": bytes(32)}, machine_id="random")
    copy = pickle.loads(pickle.dumps(settings))
    assert copy.offer() == settings.offer()
    assert settings.offer().keys == {"a": "00" * 32}

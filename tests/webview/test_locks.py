"""Who does not come in: wrong names, wrong secrets, other origins, other methods, paths that lead elsewhere."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import pytest

from isobooth.client.webview.gate import Allowance, Site, Tickets
from isobooth.client.webview.outbox import MOST_MESSAGES, Outbox
from isobooth.client.webview.pages import api_script, with_api
from tests.webview.conftest import frame


def ask(port, line, *headers):
    """A request byte by byte: clients tidy paths up before they send them. Status, and the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([line, *headers, "Connection: close", "", ""]).encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split()[1]), answer.decode("utf-8", "replace")


@pytest.fixture
def view(plugin):
    """A view with its two sites at hand."""
    made = plugin("wclap").open_web_view("none")
    made.frame, made.page = made._relay.server.frame, made._relay.server.page
    return made


def test_only_loopback_listens(view):
    for listener in view._relay.server.sockets:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_the_right_request_comes_in(view):
    for site, path in (
        (view.frame, ""),
        (view.frame, "frame.js"),
        (view.page, "-/api.js"),
        (view.page, "page/ui/style.css"),
    ):
        status, answer = ask(site.port, f"GET /{site.secret}/{path} HTTP/1.1", f"Host: {site.host}")
        assert status == 200
        for header in ("Content-Security-Policy: ", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"):
            assert header in answer
        assert "Cross-Origin-Resource-Policy: same-origin" in answer
        assert "Cache-Control: no-store" in answer


@pytest.mark.parametrize("name", ["frame", "page"])
def test_other_names_of_this_machine_are_refused(view, name):
    site = getattr(view, name)
    line = f"GET /{site.secret}/-/api.js HTTP/1.1" if name == "page" else f"GET /{site.secret}/ HTTP/1.1"
    assert ask(site.port, line, f"Host: {site.host}")[0] == 200
    for host in (f"localhost:{site.port}", "127.0.0.1", f"evil.example:{site.port}", f"127.0.0.1:{site.port + 1}", ""):
        assert ask(site.port, line, f"Host: {host}")[0] == 403
    assert ask(site.port, line, f"Host: {site.host}", f"Host: {site.host}")[0] in {400, 403}
    assert ask(site.port, line.replace("1.1", "1.0"))[0] == 403
    for header in ("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"):
        assert ask(site.port, line, f"Host: {site.host}", header)[0] == 403


@pytest.mark.parametrize("name", ["frame", "page"])
def test_without_the_secret_there_is_nothing(view, name):
    site, other = (view.frame, view.page) if name == "frame" else (view.page, view.frame)
    wrong = site.secret[:-1] + ("0" if site.secret[-1] != "0" else "1")
    for path in (
        "/",
        "/favicon.ico",
        f"/{wrong}/",
        f"/{site.secret}",
        f"//{site.secret}/",
        f"/{other.secret}/",
        "/é/",
        "/%ff/",
    ):
        assert ask(site.port, f"GET {path} HTTP/1.1", f"Host: {site.host}")[0] in {400, 403}, path


def test_other_methods_are_refused(view):
    for site in (view.frame, view.page):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            line = f"{method} /{site.secret}/ HTTP/1.1"
            assert ask(site.port, line, f"Host: {site.host}", "Content-Length: 0")[0] == 405


def test_a_websocket_comes_from_the_frame_only(view):
    site = view.frame
    headers = (
        f"Host: {site.host}",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + "a" * 22 + "==",
    )
    line = f"GET /{site.secret}/ws HTTP/1.1"
    for origin in (
        (),
        ("Origin: null",),
        (f"Origin: {view.page.origin}",),
        ("Origin: http://evil.example",),
        (f"Origin: {site.origin}", f"Origin: {site.origin}"),
    ):
        assert ask(site.port, line, *headers, *origin)[0] == 403
    assert ask(site.port, line, f"Host: {site.host}", f"Origin: {site.origin}")[0] == 400
    assert not view.is_connected


def test_paths_that_lead_elsewhere(plugin):
    one = plugin("wclap", '-DPAGE_URI="file:/plugin.wclap/index.html"')
    bundle = Path(one.descriptor.path)
    (bundle / "index.html").write_text("<p>start")
    (bundle.parent / "secret").write_text("secret")
    site = one.open_web_view("none")._relay.server.page
    asyncio.run(_open(one.web_view))

    def status(path):
        return ask(site.port, f"GET /{site.secret}/{path} HTTP/1.1", f"Host: {site.host}")[0]

    assert status("page/index.html") == 200
    for path in (
        "page/../secret", "page/%2e%2e/secret", "page/..%2fsecret", "page/%252e%252e/secret", "page/..%5csecret",
        "page//etc/passwd", "page/%2fetc/passwd", "page/module.wasm", "page/MODULE.WASM", "page/./module.wasm",
        "page/%6dodule.wasm", "page/", "page", "-/frame.js", "page/index.html%00", "page/" + "x" * 5000,
    ):  # fmt: skip
        assert status(path) in {403, 404}, path


async def _open(view):
    async with frame(view.url) as page:
        await page.load()


def test_a_ticket_opens_once(view):
    server, site = view._relay.server, view.frame
    path = server.ticket_url().removeprefix(site.origin)
    status, answer = ask(site.port, f"GET {path} HTTP/1.1", f"Host: {site.host}")
    assert status == 303
    assert f"Location: /{site.secret}/\r\n" in answer
    for again in (path, "/open/", "/open/x", path + "/"):
        assert ask(site.port, f"GET {again} HTTP/1.1", f"Host: {site.host}")[0] == 403


def test_what_the_plugin_says_of_types_stays_in_its_header(view):
    site = view.page
    asyncio.run(_open(view))
    status, answer = ask(site.port, f"GET /{site.secret}/page/ui/wild%20mime HTTP/1.1", f"Host: {site.host}")
    assert status == 200
    assert "X-Injected" not in answer
    assert "Content-Type: application/octet-stream" in answer


def test_oversized_requests_do_no_harm(view):
    for site in (view.frame, view.page):
        for line in ("GET /" + "x" * 100_000 + " HTTP/1.1", "nonsense", "GET / HTTP/9.9"):
            assert ask(site.port, line, f"Host: {site.host}")[0] == 400
        assert ask(site.port, f"GET /{site.secret}/none HTTP/1.1", f"Host: {site.host}")[0] == 404


# -- parts ------------------------------------------------------------------------------------------------------------


def test_secrets_are_long_and_new():
    sites = [Site() for _ in range(100)]
    assert len({site.secret for site in sites}) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", site.secret) and site.secret not in repr(site) for site in sites)


def test_tickets_end():
    now = [0.0]
    tickets = Tickets(lambda: now[0])
    first, second = tickets.issue(), tickets.issue()
    assert tickets.redeem(first)
    assert not tickets.redeem(first)
    now[0] = 121.0
    assert not tickets.redeem(second)


def test_so_many_messages_a_second_and_no_more():
    now = [0.0]
    allowance = Allowance(rate=10.0, burst=5, clock=lambda: now[0])
    assert [allowance.take() for _ in range(6)] == [0.0] * 5 + [0.1]
    now[0] = 0.1  # whoever had to wait has done so
    assert allowance.take() == pytest.approx(0.1)
    now[0] = 100.0
    assert [allowance.take() for _ in range(6)] == [0.0] * 5 + [0.1]


def test_an_outbox_is_bounded_in_number_and_bytes():
    woken = []
    box = Outbox(lambda: woken.append(1))
    for _ in range(MOST_MESSAGES + 3):
        box.put(b"x")
    assert (box.lost, len(woken)) == (3, 1)
    box.clear()
    for _ in range(9):
        box.put(bytes(4 << 20))
    assert box.lost == 4
    assert [len(box.take() or b"") for _ in range(9)] == [4 << 20] * 8 + [0]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<!doctype html><html><HEAD lang=x><title>", b"<!doctype html><html><HEAD lang=x>#<title>"),
        (b"<!DOCTYPE html>\n<html lang=en><body>", b"<!DOCTYPE html>\n<html lang=en>#<body>"),
        (b"<!doctype html><header>", b"<!doctype html>#<header>"),
        (b"\xef\xbb\xbf<p>", b"\xef\xbb\xbf#<p>"),
        (b"", b"#"),
    ],
)
def test_our_script_is_the_first(page, expected):
    assert with_api(page, "A").replace(b'<script src="A"></script>', b"#") == expected


def test_facts_in_the_script_cannot_end_it():
    info = {"name": "</script>\u2028'\"`${x}", "parameters": []}
    script = api_script("http://127.0.0.1:1", info, {1: float("nan"), 2: 0.5})
    assert '"values": [[2, 0.5]]' in script
    assert "\u2028" not in script
    assert "/* facts */" not in script

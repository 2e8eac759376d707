"""clap.webview/3, natively and in WebAssembly: where a page starts, what belongs to it, what it says and hears."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from isobooth.host._core import lib
from isobooth.host.formats.clap.plugin import load as load_clap
from isobooth.host.formats.clap.webview import checked_mime, is_plain_path, read_file
from isobooth.host.formats.wclap.plugin import load as load_wclap
from isobooth.protocol.errors import PluginError
from isobooth.protocol.web import MOST_MESSAGE_BYTES, WebMessage

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled
from wclap_modules import built

KINDS = ["clap", "wclap"]


@pytest.fixture(params=KINDS)
def page(request, tmp_path_factory):
    """A function from flags of the compiler to an open plugin; a WCLAP lies in a bundle with a file or two."""
    folder = tmp_path_factory.getbasetemp()
    booths = []

    def make(*flags):
        if request.param == "clap":
            booths.append(Booth(compiled("clap_page", folder, *flags), folder, load=load_clap))
        else:
            bundle = tmp_path_factory.mktemp("bundle") / "Page.wclap"
            bundle.mkdir()
            shutil.copy(built("clap_page", folder, *flags), bundle / "module.wasm")
            booths.append(Booth(bundle, folder, load=load_wclap))
        return booths[-1].__enter__().plugin

    yield make
    for booth in booths:
        booth.__exit__(None, None, None)


def heard(plugin):
    """Messages to the page since the last call."""
    return [notice.data for notice in plugin.take_notices() if isinstance(notice, WebMessage)]


@pytest.mark.parametrize("flags", [(), ("-DCOUNT_NUL",)])
def test_the_start_is_whole_whether_its_nul_is_counted_or_not(page, flags):
    plugin = page(*flags)
    assert plugin.descriptor.has_web_view
    assert plugin.open_web_view().path == "/ui/index.html?from=plugin"


@pytest.mark.parametrize("flags", [(), ("-DCOUNT_NUL",)])
def test_a_long_start_is_asked_for_again(page, flags):
    uri = "/" + "x" * 4095  # as long as the first room for it, with or without the NUL
    assert page(f'-DPAGE_URI="{uri}"', *flags).open_web_view().path == uri


def test_what_belongs_to_the_page_comes_with_its_type(page):
    plugin = page()
    plugin.open_web_view()
    style = plugin.web_resource("/ui/style.css")
    assert (style.found, style.mime, style.data[:4]) == (True, "text/css", b"body")
    assert plugin.web_resource("/ui/wild mime").mime == "application/octet-stream"
    for path in ("/none", "/ui/half", "ui/style.css", "/ui/../ui/style.css", "/ui\\style.css", "/a\0b", "/._x"):
        assert not plugin.web_resource(path).found


def test_messages_go_both_ways_while_somebody_looks(page):
    plugin = page()
    with pytest.raises(PluginError, match="no open page"):
        plugin.web_receive(b"too early")
    plugin.open_web_view()
    big = bytes(range(256)) * (MOST_MESSAGE_BYTES // 256)
    for message in (b"x", b"", bytes(256), big, big[:200_000]):
        plugin.web_receive(message)
        assert heard(plugin) == [message]
    with pytest.raises(PluginError, match="too long"):
        plugin.web_receive(big + b"x")
    with pytest.raises(PluginError, match="returned false"):
        plugin.web_receive(b"no")
    plugin.close_web_view()
    with pytest.raises(PluginError, match="no open page"):
        plugin.web_receive(b"too late")
    plugin.open_web_view()
    plugin.web_receive(b"refused?")
    assert heard(plugin) == [b"refused"]  # in init(), when nobody looked


@pytest.mark.parametrize("page", ["clap"], indirect=True)
def test_a_message_that_is_too_long_is_refused_to_the_plugin(page):
    plugin = page()
    plugin.open_web_view()
    plugin.web_receive(b"too long")
    plugin.web_receive(b"refused?")
    assert heard(plugin) == [b"refused"]


@pytest.mark.parametrize("page", ["wclap"], indirect=True)
def test_a_message_from_outside_of_its_memory_ends_a_wclap(page):
    plugin = page()
    plugin.open_web_view()
    with pytest.raises(PluginError, match="outside of its memory"):
        plugin.web_receive(b"too long")


@pytest.mark.parametrize("page", ["wclap"], indirect=True)
def test_the_trap_of_a_page_message_is_the_error(page):
    plugin = page()
    plugin.open_web_view()
    with pytest.raises(PluginError, match="runs no more"):
        plugin.web_receive(b"crash")


@pytest.mark.parametrize("page", ["clap"], indirect=True)
@pytest.mark.parametrize(
    ("uri", "mime", "data"),
    [
        ("data:text/html,%3Cp%3Ehi#part", "text/html", b"<p>hi"),
        ("data:text/html;charset=utf-8;base64,PHA+aGk=", "text/html;charset=utf-8", b"<p>hi"),
        ("data:,hi", "text/plain", b"hi"),
    ],
)
def test_a_start_that_is_the_page_itself(page, uri, mime, data):
    plugin = page(f'-DPAGE_URI="{uri}"')
    assert plugin.open_web_view().path == "/"
    start = plugin.web_resource("/")
    assert (start.mime, start.data) == (mime, data)


def test_a_start_on_another_computer_is_told_as_that(page):
    plugin = page('-DPAGE_URI="https://example.org/ui?x"')
    assert plugin.open_web_view().remote == "https://example.org/ui?x"


@pytest.mark.parametrize("page", ["clap"], indirect=True)
@pytest.mark.parametrize(
    "uri", ["", "data:text/html;base64,%%%", "data:nothing", "ftp://example.org/", "relative.html"]
)
def test_a_start_that_leads_nowhere_is_an_error(page, uri):
    plugin = page(f'-DPAGE_URI="{uri}"')
    with pytest.raises(PluginError, match="'Page'"):
        plugin.open_web_view()


@pytest.mark.parametrize("page", ["wclap"], indirect=True)
def test_files_of_a_bundle_and_nothing_else(page, tmp_path):
    for uri in ("file:/plugin.wclap/ui/start%20here.html?a#b", "file:///ui/start%20here.html?a#b"):
        plugin = page(f'-DPAGE_URI="{uri}"')
        root = Path(plugin.bundle[0])
        (root / "ui").mkdir()
        (root / "ui" / "start here.html").write_text("start")
        (root / "manifest.json").write_text("{}")
        (root / "ui" / "manifest.json").write_text("{}")
        (tmp_path / "secret.txt").write_text("secret")
        if not (root / "link.txt").is_symlink():
            (root / "link.txt").symlink_to(tmp_path / "secret.txt")
        assert plugin.open_web_view().path == "/ui/start%20here.html?a#b"
        start = plugin.web_resource("/ui/start here.html")
        assert (start.mime, start.data) == ("text/html; charset=utf-8", b"start")
        assert plugin.web_resource("/ui/manifest.json").found
        for path in ("/module.wasm", "/manifest.json", "/link.txt", "/ui", "/", "/../secret.txt", "/none"):
            assert not plugin.web_resource(path).found, path


def test_a_native_page_of_files_has_the_folder_of_its_start(tmp_path_factory, tmp_path):
    folder = tmp_path_factory.getbasetemp()
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "index.html").write_text("start")
    (tmp_path / "outside.txt").write_text("outside")
    flag = f'-DPAGE_URI="file://{tmp_path}/ui/index.html"'
    with Booth(compiled("clap_page", folder, flag), folder, load=load_clap) as booth:
        assert booth.plugin.open_web_view().path == "/index.html"
        assert booth.plugin.web_resource("/index.html").data == b"start"
        assert not booth.plugin.web_resource("/../outside.txt").found


def test_a_plugin_without_a_page_says_so(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    with Booth(compiled("clap_echo", folder), folder, load=load_clap) as booth:
        assert not booth.plugin.descriptor.has_web_view
        assert not booth.plugin.web_resource("/").found
        with pytest.raises(PluginError, match="lacks CLAP's webview extension"):
            booth.plugin.open_web_view()


def test_paths_types_and_files_that_are_odd(tmp_path):
    assert is_plain_path("/a/b.c")
    assert is_plain_path("/")
    for path in ("", "a", "/./a", "/a/..", "/a\nb", "/" + "x" * 5000):
        assert not is_plain_path(path)
    assert checked_mime(" text/html; charset=utf-8 ") == "text/html; charset=utf-8"
    for mime in ("", "text", "text/html\r\nSet-Cookie: a=b", "text/html; x=y", "täxt/html"):
        assert checked_mime(mime) == "application/octet-stream"
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dir").mkdir()
    (tmp_path / "name.SVG").write_text("<svg/>")
    assert read_file(tmp_path, "/name.SVG").mime == "image/svg+xml"
    for path in ("/loop", "/dir", "/" + "x" * 300):
        assert not read_file(tmp_path, path).found
    assert not read_file(tmp_path / "absent", "/x").found


def test_caps_are_the_same_on_both_sides():
    assert lib.IB_CLAP_MOST_PAGE_BYTES == MOST_MESSAGE_BYTES

"""LV2 bundles made for a test: data files of our own, and libraries of real plugins beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

from isobooth.host._core import ffi
from isobooth.host.formats.lv2.plugin import load, scan
from isobooth.host.plugin import LoadRequest
from isobooth.protocol.descriptors import ScanReport
from tests.support import real_plugin

PREFIXES = """
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix bufsz: <http://lv2plug.in/ns/ext/buf-size#> .
@prefix doap: <http://usefulinc.com/ns/doap#> .
@prefix ev: <http://lv2plug.in/ns/ext/event#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix midi: <http://lv2plug.in/ns/ext/midi#> .
@prefix opts: <http://lv2plug.in/ns/ext/options#> .
@prefix patch: <http://lv2plug.in/ns/ext/patch#> .
@prefix pg: <http://lv2plug.in/ns/ext/port-groups#> .
@prefix pprops: <http://lv2plug.in/ns/ext/port-props#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
@prefix ui: <http://lv2plug.in/ns/extensions/ui#> .
@prefix units: <http://lv2plug.in/ns/extensions/units#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
URI = "urn:isobooth:test"
AMP = "http://lv2plug.in/plugins/eg-amp"
AMP_PORTS = (
    (
        'a lv2:InputPort, lv2:ControlPort ; lv2:symbol "gain" ; lv2:name "Gain" ;'
        " lv2:default 0.0 ; lv2:minimum -90.0 ; lv2:maximum 24.0 ; units:unit units:db"
    ),
    'a lv2:AudioPort, lv2:InputPort ; lv2:symbol "in" ; lv2:name "In"',
    'a lv2:AudioPort, lv2:OutputPort ; lv2:symbol "out" ; lv2:name "Out"',
)


def bundle(
    folder: Path,
    *ports: str,
    about: str = "",
    more: str = "",
    uri: str = URI,
    manifest: str = "",
    binary: str = "no.so",
) -> Path:
    """Write a bundle with one plugin. ``ports`` are what stands between the brackets, without the index."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"<{uri}> a lv2:Plugin ; lv2:binary <{binary}> ; rdfs:seeAlso <plugin.ttl> .\n{manifest}"
    (folder / "manifest.ttl").write_text(PREFIXES + text)
    listed = " , ".join(f"[ {port} ; lv2:index {index} ]" for index, port in enumerate(ports))
    body = f'<{uri}> a lv2:Plugin ; doap:name "Test" {"; " + about if about else ""}'
    body += f" ; lv2:port {listed} .\n" if ports else " .\n"
    (folder / "plugin.ttl").write_text(PREFIXES + body + more)
    return folder


def amp(folder: Path, *ports: str, about: str = "", more: str = "", manifest: str = "") -> Path:
    """A bundle with the library of LV2's example amplifier and other data files."""
    made = bundle(folder, *(ports or AMP_PORTS), about=about, more=more, uri=AMP, manifest=manifest, binary="amp.so")
    shutil.copy(real_plugin("eg-amp.lv2") / "amp.so", made / "amp.so")
    return made


def scanned(path: Path | str) -> ScanReport:
    """What a scan of it says, in this process."""
    report = ScanReport(format="lv2", path=str(path))
    scan(str(path), report)
    return report


def request(path: Path | str, uri: str = "", **more: object) -> LoadRequest:
    """A request as a session makes it."""
    wished: dict[str, object] = {"sample_rate": 48000.0, "block_size": 512, "inputs": 0, "outputs": 0, **more}
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    return LoadRequest(path=str(path), plugin_id=uri, mailbox=mailbox, **wished)  # type: ignore[arg-type]


def loaded(path: Path | str, uri: str = "", **more: object):
    """An instance in this process; close it."""
    return load(request(path, uri, **more))

"""The data files of hostile.lv2.c, in which an LV2 plugin tells its lies: everything about it but what it does."""

from __future__ import annotations

from pathlib import Path

PREFIXES = """\
@prefix doap: <http://usefulinc.com/ns/doap#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
@prefix urid: <http://lv2plug.in/ns/ext/urid#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
URI = "urn:isobooth:hostile"
AUDIO = (
    'a lv2:AudioPort, lv2:InputPort ; lv2:symbol "in" ; lv2:name "In" ; lv2:index 0',
    'a lv2:AudioPort, lv2:OutputPort ; lv2:symbol "out" ; lv2:name "Out" ; lv2:index 1',
)
LATENCY = (
    'a lv2:ControlPort, lv2:OutputPort ; lv2:symbol "latency" ; lv2:name "Latency" ; lv2:index 3 ;'
    " lv2:portProperty lv2:reportsLatency ; lv2:designation lv2:latency"
)


def make_bundle(library: Path, folder: Path, lie: str) -> Path:
    """A bundle around the library, with the lie of that name; an empty name for the truth."""
    folder.mkdir()
    (folder / f"{folder.stem}.so").hardlink_to(library)
    manifest = f"<{URI}> a lv2:Plugin ; lv2:binary <{folder.stem}.so> ; rdfs:seeAlso <p.ttl> .\n"
    if lie == "plugins":
        manifest += "".join(f"<{URI}:{number}> a lv2:Plugin ; lv2:binary <no.so> .\n" for number in range(500))
    (folder / "manifest.ttl").write_text(PREFIXES + manifest, "utf-8")
    (folder / "p.ttl").write_bytes(PREFIXES.encode() + _plugin(lie))
    return folder


def _plugin(lie: str) -> bytes:
    name = b"n" * 100_000 if lie == "name" else b"\xff\xfe\xc0\x80" if lie == "text" else b"Hostile"
    ports = [*AUDIO, _control("control", 2, lie), LATENCY]
    ports += [_control(f"c{number}", 4 + number, lie) for number in range(10_000 if lie == "many" else 0)]
    if lie == "duplicates":
        ports.append(_control("control", 4, lie))
    if lie == "counts":
        ports.append(_control("far", 4_000_000_000, lie))
    if lie == "negative":
        ports.append(_control("below", -4, lie))
    features = "lv2:requiredFeature urid:map ; lv2:extensionData state:interface"
    head = f'<{URI}> a lv2:Plugin ; {features} ; lv2:port [ {" ] , [ ".join(ports)} ] ; doap:name "'
    return head.encode() + name + b'" .\n'


def _control(symbol: str, index: int, lie: str) -> str:
    low, high, default = "0.5", "1.0", "1.0"
    if lie == "backwards":
        low, high, default = "5.0", "1.0", "7.0"
    elif lie == "nan":
        low = high = default = '"NaN"^^xsd:float'
    elif lie == "infinite":
        high = default = '"INF"^^xsd:float'
    return (
        f'a lv2:ControlPort, lv2:InputPort ; lv2:symbol "{symbol}" ; lv2:name "Control" ; lv2:index {index} ;'
        f" lv2:minimum {low} ; lv2:maximum {high} ; lv2:default {default}"
    )


def lie_of(name: str) -> str:
    """What the file's name says: ``lies@many`` is ``many``."""
    return name.removeprefix("lies@") if name.startswith("lies@") else ""

"""The vocabularies of LV2's data files."""

from __future__ import annotations

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDF_VALUE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
DOAP = "http://usefulinc.com/ns/doap#"
FOAF = "http://xmlns.com/foaf/0.1/"
XSD = "http://www.w3.org/2001/XMLSchema#"

CORE = "http://lv2plug.in/ns/lv2core#"
EXT = "http://lv2plug.in/ns/ext/"
ATOM = f"{EXT}atom#"
BUF_SIZE = f"{EXT}buf-size#"
DYN_MANIFEST = f"{EXT}dynmanifest#"
EVENT = f"{EXT}event#"
LOG = f"{EXT}log#"
MIDI = f"{EXT}midi#"
OPTIONS = f"{EXT}options#"
PARAMETERS = f"{EXT}parameters#"
PATCH = f"{EXT}patch#"
GROUPS = f"{EXT}port-groups#"
PORT_PROPS = f"{EXT}port-props#"
PRESETS = f"{EXT}presets#"
RESIZE = f"{EXT}resize-port#"
STATE = f"{EXT}state#"
TIME = f"{EXT}time#"
URID = f"{EXT}urid#"
URI_MAP = f"{EXT}uri-map"
WORKER = f"{EXT}worker#"
UI = "http://lv2plug.in/ns/extensions/ui#"
UNITS = "http://lv2plug.in/ns/extensions/units#"
KXSTUDIO_PROPS = "http://kxstudio.sf.net/ns/lv2ext/props#"


def tail(uri: str) -> str:
    """What comes behind the last ``#`` or ``/``: the word itself."""
    return uri.rpartition("#")[2].rpartition("/")[2]

"""The track that a plugin sits on, as IInfoListener::setChannelContextInfos takes it (ivstchannelcontextinfo.h)."""

from __future__ import annotations

from isobooth.protocol.abilities import TrackInfo
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData

_NAMESPACES = {"": ("Channel", 1), "return": ("Return", 2), "bus": ("Group", 3), "master": ("Output", 4)}
"""Index namespace of a kind of track, and its place among the namespaces, from 1."""
_PRE_FADER = 0
"""ChannelPluginLocation: kPreVolumeFader."""


def tell(host: CData, listener: CData, track: TrackInfo) -> int:
    """Hand ``track`` to a controller's ``struct vst3_IInfoListener *``; what it returned.

    Raises PluginError without memory. What the track does not say is left out of the list.
    """
    attributes = new_attributes(host, track)
    try:
        return int(listener.vtbl.setChannelContextInfos(listener, attributes))
    finally:
        lib.ib_vst3_attributes_drop(attributes)


def new_attributes(host: CData, track: TrackInfo) -> CData:
    """``track`` as an attribute list of the host's, to be dropped with ib_vst3_attributes_drop."""
    attributes = lib.ib_vst3_attributes_new(host)
    if attributes == ffi.NULL:
        raise PluginError(f"the plugin cannot be told about track {track.name!r}: there is no memory")
    namespace, order = _NAMESPACES[track.kind]
    uid = f"{namespace} {track.index + 1}"
    for key, text in (("uid", uid), ("name", track.name), ("index namespace", namespace)):
        units = text.encode("utf-16-le", "replace")
        memory = ffi.from_buffer("uint16_t[]", units + b"\0\0")
        attributes.vtbl.setString(attributes, f"channel {key}".encode(), memory)
        attributes.vtbl.setInt(attributes, f"channel {key} length".encode(), len(units) // 2)
    attributes.vtbl.setInt(attributes, b"channel index", track.index + 1)
    attributes.vtbl.setInt(attributes, b"channel index namespace order", order)
    attributes.vtbl.setInt(attributes, b"channel plugin location", _PRE_FADER)
    if track.color is not None:
        red, green, blue, alpha = track.color
        attributes.vtbl.setInt(attributes, b"channel color", alpha << 24 | red << 16 | green << 8 | blue)
    return attributes

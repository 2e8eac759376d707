"""Which audio and CV ports make up which bus.

A port group (pg:group) is a bus; a side chain is a group with pg:sideChainOf, or ports with lv2:isSideChain. All other
audio ports of a direction are one bus together. Every CV port is a bus of its own. The main bus comes first: the group
that pg:mainInput or pg:mainOutput names, else the first that is no side chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isobooth.protocol.descriptors import BusInfo
from isobooth.protocol.errors import PluginLoadError

from ..._core import lib
from .read import Description, Group, Port
from .uris import CORE, GROUPS, tail

_LAYOUTS = {
    "MonoGroup": "mono",
    "StereoGroup": "stereo",
    "MidSideGroup": "mid-side",
    "ThreePointZeroGroup": "3.0",
    "FourPointZeroGroup": "4.0",
    "FivePointZeroGroup": "5.0",
    "FivePointOneGroup": "5.1",
    "SixPointOneGroup": "6.1",
    "SevenPointOneGroup": "7.1",
    "SevenPointOneWideGroup": "7.1",
}
_BY_CHANNELS = {1: "mono", 2: "stereo"}
# The order of channels within a group (pg:letter… designations), where it is not that of the ports.
_PLACES = ("left", "right", "center", "lowFrequencyEffects", "side", "sideLeft", "sideRight", "rearLeft", "rearRight")


@dataclass(frozen=True)
class Bus:
    """One bus and its ports, in the order of its channels."""

    info: BusInfo
    ports: tuple[Port, ...]


@dataclass
class _Draft:
    key: str
    ports: list[Port]
    name: str
    is_side: bool = False
    is_cv: bool = False
    group: Group | None = None


def buses(description: Description) -> list[Bus]:
    """All inputs, then all outputs. Raises PluginLoadError for more channels than a block holds."""
    inputs, outputs = (_side(description, is_input=side) for side in (True, False))
    for drafts, direction in ((inputs, "inputs"), (outputs, "outputs")):
        count = sum(len(draft.ports) for draft in drafts)
        if count > lib.IB_MAX_CHANNELS:
            raise PluginLoadError(
                f"plugin {description.uri} has {count} audio {direction}; a block has room for {lib.IB_MAX_CHANNELS}",
                path=description.bundle,
                plugin_id=description.uri,
                phase="describe",
            )
    shared = (
        bool(inputs and outputs)
        and len(inputs[0].ports) == len(outputs[0].ports)
        and not (inputs[0].is_cv or outputs[0].is_cv)
        and f"{CORE}inPlaceBroken" not in description.required | description.optional
    )
    found = []
    directions: tuple[tuple[list[_Draft], Literal["input", "output"]], ...] = ((inputs, "input"), (outputs, "output"))
    for drafts, direction in directions:
        for index, draft in enumerate(drafts):
            info = BusInfo(
                index=index,
                name=draft.name or direction,
                channels=len(draft.ports),
                direction=direction,
                is_main=index == 0 and not draft.is_side,
                layout=_layout(draft),
                in_place_pair=0 if shared and index == 0 else None,
                id=index,
            )
            found.append(Bus(info, tuple(draft.ports)))
    return found


def _layout(draft: _Draft) -> str:
    if draft.is_cv:
        return "cv"
    if draft.group is not None:
        for word, layout in _LAYOUTS.items():
            if f"{GROUPS}{word}" in draft.group.classes:
                return layout
    return _BY_CHANNELS.get(len(draft.ports), "")


def _side(description: Description, *, is_input: bool) -> list[_Draft]:
    ports = [one for one in description.ports if one.is_input == is_input and one.kind in {"audio", "cv"}]
    drafts: dict[str, _Draft] = {}
    for port in ports:
        draft = _draft(port, is_input=is_input)
        drafts.setdefault(draft.key, draft).ports.append(port)
    found = [_ordered(draft) for draft in drafts.values()]
    main = next((one for one in found if one.group is not None and one.key in description.main_groups), None)
    main = main or next((one for one in found if not one.is_side and not one.is_cv), None)
    if main is not None:
        found.remove(main)
        found.insert(0, main)
    return found


def _draft(port: Port, *, is_input: bool) -> _Draft:
    if port.kind == "cv":
        return _Draft(f" cv {port.index}", [], port.name, is_cv=True, is_side=True)
    is_side = is_input and port.has(f"{CORE}isSideChain")
    group = port.group
    if group is not None:
        is_side = is_side or bool(group.side_chain_of)
        return _Draft(group.key, [], group.name or group.symbol, is_side=is_side, group=group)
    if is_side:
        return _Draft(" side chain", [], "sidechain", is_side=True)
    return _Draft(" main", [], "input" if is_input else "output")


def _ordered(draft: _Draft) -> _Draft:
    """Left before right, whatever the order of the ports; ports without a place stay where they are."""
    places = [tail(port.designation) if port.designation.startswith(GROUPS) else "" for port in draft.ports]
    if all(place in _PLACES for place in places) and len(set(places)) == len(places):
        draft.ports.sort(key=lambda port: _PLACES.index(tail(port.designation)))
    return draft

"""What users ask of a plugin as messages that a host can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from isobooth.protocol.abilities import BusRequest
from isobooth.protocol.errors import ArgumentTypeError
from isobooth.protocol.message import Request

from .options import MOST_CHANNELS, channels_of, whole

R = TypeVar("R", bound=Request)


def checked(request: R) -> R:
    """The request if the host can read it. Raises ArgumentTypeError for fields of a wrong type."""
    try:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(request), type=type(request))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"{type(request).__name__} cannot be sent: {error}") from error


def check_color(color: tuple[int, int, int, int] | None) -> None:
    """Red, green, blue and alpha of 0 to 255 each. Raises ArgumentError or ArgumentTypeError."""
    if color is None:
        return
    if not isinstance(color, tuple) or len(color) != 4:
        raise ArgumentTypeError(f"color is {color!r} and must be (red, green, blue, alpha)")
    for part in color:
        whole("each part of color", part, 0, 255)


def bus_requests(name: str, wishes: Iterable[int | str | BusRequest | None]) -> list[BusRequest]:
    """See Plugin.set_buses. ``name`` is the argument's, for messages."""
    if isinstance(wishes, (str, int)) or not isinstance(wishes, Iterable):
        raise ArgumentTypeError(f"{name} is {wishes!r} and must be a list with a wish for each bus: [2, 'mono']")
    return [_bus_request(name, wish) for wish in wishes]


def _bus_request(name: str, wish: int | str | BusRequest | None) -> BusRequest:
    if wish is None:
        return BusRequest(channels=0)
    if isinstance(wish, str):
        return BusRequest(channels=channels_of(name, wish), layout=wish.lower())
    if isinstance(wish, BusRequest):
        whole(f"channels of a bus in {name}", wish.channels, 0, MOST_CHANNELS)
        return wish
    return BusRequest(channels=whole(f"channels of a bus in {name}", wish, 1, MOST_CHANNELS))

"""Licences of plugins (com.wclap.licensing/1): what client and host say to each other of them, and what logs may hold.

A licence key, and what stands behind the ``?`` of an address, are secrets: no line of a log, no error and no ``repr``
of anything here shows them.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from .message import Message

MOST_PRODUCT_BYTES = 256
MOST_KEY_BYTES = 4096
MOST_URL_BYTES = 2048
MOST_DATA_BYTES = 65536
"""What a plugin may store."""
MOST_WORDS = 1000
"""Characters of the message that comes with a result."""

CHECK_SECONDS = 0.5
"""How long a plugin that checks its licence waits for the client's opinion."""
VALIDATE_SECONDS = 30.0
"""How long a validator may take."""
DECIDE_SECONDS = 600.0
"""How long a user may think about whether a plugin may be validated."""

OnlinePolicy = Literal["deny", "validate", "ask"]
MachineId = Literal["stable", "random"]
HIDDEN = "[hidden]"


def origin_of(url: str) -> str:
    """``https://host:port`` of an address, for a decision about it. Empty for one that is not to be used.

    Used are addresses of https with a host and without a user name, whose characters can all be seen.
    """
    if not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or "\\" in url:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{port}"


def without_query(url: str) -> str:
    """The address for a log: what follows ``?`` or ``#`` is left out."""
    bare = min(url.partition("?")[0], url.partition("#")[0], key=len)
    return bare if bare == url else f"{bare}?{HIDDEN}"


def without_secrets(words: str, *, key: str = "", url: str = "") -> str:
    """Somebody else's words for a log, without the key and the address in them."""
    for secret, instead in ((url, without_query(url)), (url.partition("?")[2], HIDDEN), (key, HIDDEN)):
        if secret:
            words = words.replace(secret, instead)
    return words


class LicensingOffer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the client has for plugins that ask about licences. Part of Hello; without it there is no such extension."""

    online: OnlinePolicy = "deny"
    """``deny``: no; ``validate``: the client's validator is asked; ``ask``: it is, once the user has agreed."""
    check: bool = False
    """The client wants to be asked about every licence (LicenseCheck)."""
    machine_id: MachineId = "stable"
    keys: dict[str, str] = {}
    """Public keys of vendors that the user trusts, 64 hexadecimal digits, by plugin id."""
    folder: str = ""
    """Where licences are kept; empty for the usual place."""


# -- the host asks ----------------------------------------------------------------------------------------------------


class LicenseCheck(Message, tag="license-check", kw_only=True):
    """A plugin checks its licence and waits. Answered by LicenseChecked with the same number."""

    number: int
    format: str
    plugin_id: str
    product_id: str
    key: str

    def __repr__(self) -> str:
        """Without the key."""
        return f"LicenseCheck({self.number}, {self.format}:{self.plugin_id}, {self.product_id!r}, key {HIDDEN})"


class LicenseOnline(Message, tag="license-online", kw_only=True):
    """A plugin would like its key to be validated. Answered by LicenseValidated with the same number."""

    number: int
    format: str
    plugin_id: str
    url: str
    """An https address."""
    key: str
    machine_id: str
    agreed: bool = False
    """The user has agreed before, for this plugin and the origin of the address."""

    def __repr__(self) -> str:
        """Without the key."""
        return (
            f"LicenseOnline({self.number}, {self.format}:{self.plugin_id}, {without_query(self.url)!r}, key {HIDDEN})"
        )


# -- the client answers -----------------------------------------------------------------------------------------------


class LicenseChecked(Message, tag="license-checked", kw_only=True):
    """What the client thinks of a licence."""

    number: int
    verdict: bool | None = None
    """None: it has no opinion."""
    failed: bool = False
    """It could not find out."""


class LicenseValidated(Message, tag="license-validated", kw_only=True):
    """How a validation went."""

    number: int
    result: Literal[-1, 0, 1]
    """1: licensed, 0: not licensed, -1: could not be found out."""
    message: str = ""
    """For the plugin to show; cut at MOST_WORDS."""
    seconds: float = 0.0
    """How long a result of 1 holds without asking again."""
    decision: Literal["", "allow", "deny"] = ""
    """What the user has decided for good, for this plugin and the origin of the address."""

"""Licences of plugins (com.wclap.licensing/1): what a program decides about them. See ``load``'s ``licensing``.

Nothing here opens a connection. Where a server is to validate a plugin's key, the program's own function does it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isobooth.protocol.errors import ArgumentError, ArgumentTypeError
from isobooth.protocol.licensing import LicensingOffer, MachineId, OnlinePolicy, origin_of

_DAY = 86400.0
_KEY_BYTES = 32


@dataclass(frozen=True)
class LicenseQuestion:
    """A plugin wants to know whether it is licensed."""

    format: str
    plugin_id: str
    """As the plugin was loaded; the plugin has no say in it."""
    product_id: str
    """What the plugin says it is: text of the plugin's, up to 256 bytes."""
    key: str = field(repr=False)
    """What its user has typed, up to 4096 bytes; empty for none."""


@dataclass(frozen=True)
class ValidationRequest:
    """A plugin wants its key to be validated by a server."""

    format: str
    plugin_id: str
    """As the plugin was loaded; the plugin has no say in it."""
    url: str = field(repr=False)
    """Where the plugin would like to be validated: an https address without a user name. Whether it is a good one, and
    not one of your own network, is yours to look at."""
    key: str = field(repr=False)
    machine_id: str = ""
    """32 hexadecimal digits: this machine as this plugin knows it."""

    @property
    def origin(self) -> str:
        """``https://host:port`` of the address."""
        return origin_of(self.url)


@dataclass(frozen=True)
class Validation:
    """What came of it."""

    licensed: bool | None
    """None: it could not be found out."""
    message: str = ""
    """For the plugin to show, up to 1000 characters."""
    days: float = 30.0
    """How long a yes holds without asking again, 0 to 366."""


Check = Callable[[LicenseQuestion], "bool | None"]
Validator = Callable[[ValidationRequest], "Validation | bool | None"]


@dataclass(frozen=True)
class Licensing:
    """What plugins that ask about licences are told.

    They can always keep up to 64 KiB of their own (a key, a certificate), where no other plugin can read it, and learn
    an id of the machine that no other plugin has. A licence holds if a validation that went well says so, a file that
    the vendor has signed, or ``check``.
    """

    online: OnlinePolicy | None = None
    """``"deny"``: no validation by a server; ``"validate"``: ``validator`` is asked; ``"ask"``: it is once the user has
    agreed, see the notice LicenseAsked. None: ``"validate"`` where there is a validator, else ``"deny"``."""
    validator: Validator | None = None
    """Asks the vendor's server, in a thread of its own, within 30 seconds. Runs at most once in ten seconds and 20
    times a day for each plugin. May return a bool or None instead of a Validation."""
    check: Check | None = None
    """Is it licensed? None for no opinion. Runs in a thread of its own; the plugin waits for half a second."""
    machine_id: MachineId = "stable"
    """``"random"``: another one each time, so that nothing can be tied to this machine."""
    keys: Mapping[str, str | bytes] = field(default_factory=dict)
    """By plugin id: the vendor's public Ed25519 key, as 32 bytes or 64 hexadecimal digits."""
    folder: str | os.PathLike[str] | None = None
    """Where licences are kept; None for ``$XDG_DATA_HOME/isobooth/licenses``."""

    @property
    def policy(self) -> OnlinePolicy:
        """``online`` with what None stands for."""
        return self.online or ("deny" if self.validator is None else "validate")

    def offer(self) -> LicensingOffer:
        """As the host takes it."""
        return LicensingOffer(
            online=self.policy,
            check=self.check is not None,
            machine_id=self.machine_id,
            keys={plugin: _raw(key).hex() for plugin, key in self.keys.items()},
            folder="" if self.folder is None else str(Path(self.folder).expanduser().absolute()),
        )


def check_licensing(value: object) -> Licensing | None:
    """Settings that can be; None for ``"off"``. Raises ArgumentError or ArgumentTypeError."""
    if value is None:
        return Licensing()
    if isinstance(value, str) and value == "off":
        return None
    if not isinstance(value, Licensing):
        raise ArgumentTypeError(f"licensing is {value!r} and must be a Licensing, 'off' or None")
    if value.online not in {None, "deny", "validate", "ask"}:
        raise ArgumentError(f"licensing.online is {value.online!r} and must be 'deny', 'validate', 'ask' or None")
    if value.machine_id not in {"stable", "random"}:
        raise ArgumentError(f"licensing.machine_id is {value.machine_id!r} and must be 'stable' or 'random'")
    for name in ("validator", "check"):
        function = getattr(value, name)
        if function is not None and not callable(function):
            raise ArgumentTypeError(f"licensing.{name} is {function!r} and must be a function or None")
    if value.policy != "deny" and value.validator is None:
        raise ArgumentError(
            f"licensing.online={value.online!r} needs a validator: isobooth opens no connection by itself"
        )
    if value.folder is not None and not isinstance(value.folder, (str, os.PathLike)):
        raise ArgumentTypeError(f"licensing.folder is {value.folder!r} and must be a path or None")
    _check_keys(value.keys)
    return value


def _raw(key: str | bytes) -> bytes:
    return bytes.fromhex(key) if isinstance(key, str) else key


def _check_keys(keys: object) -> None:
    if not isinstance(keys, Mapping):
        raise ArgumentTypeError(f"licensing.keys is {keys!r} and must be a dict of public keys by plugin id")
    for plugin, key in keys.items():
        if not isinstance(plugin, str) or not isinstance(key, (str, bytes)):
            raise ArgumentTypeError(f"licensing.keys[{plugin!r}] must be 32 bytes or 64 hexadecimal digits")
        try:
            raw = _raw(key)
        except ValueError:
            raw = b""
        if len(raw) != _KEY_BYTES:
            raise ArgumentError(f"licensing.keys[{plugin!r}] is no public key: 32 bytes, or 64 hexadecimal digits")


def seconds_of(validation: Validation) -> float:
    """How long a yes holds."""
    return max(0.0, min(float(validation.days), 366.0)) * _DAY

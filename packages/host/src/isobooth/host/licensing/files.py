"""Licence files that a vendor has signed: ``files/<product>.license`` in the folder of licences.

The file is a JSON object with two texts: ``license``, itself a JSON object, and ``signature``, Ed25519 in base64 over
the bytes of the first text. The licence names ``plugin`` (its id) and ``product``; it may name ``machine`` (a machine
id), ``key`` (SHA-256 of the licence key, hexadecimal) and ``expires`` (seconds since 1970), which have to be right.

Signatures are checked by the package ``cryptography``: the extra ``isobooth-host[licensing]``.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from .storage import Folder, StorageError, key_digest

_PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 65536


class Signed(msgspec.Struct):
    """The file."""

    license: str
    signature: str


class License(msgspec.Struct, kw_only=True):
    """What was signed."""

    plugin: str
    product: str
    machine: str = ""
    key: str = ""
    expires: float = 0.0


@dataclass(frozen=True)
class Question:
    """Is this plugin licensed?"""

    plugin_id: str
    machine_id: str
    product: str
    key: str


def public_key(text: object) -> str:
    """A public key as 64 hexadecimal digits, from these or from base64; empty for what is none."""
    if not isinstance(text, str):
        return ""
    if _PUBLIC_KEY.fullmatch(text.strip().lower()):
        return text.strip().lower()
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""


def can_verify() -> bool:
    """Is there something that checks signatures?"""
    try:
        importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ImportError:
        return False
    return True


def is_signed(data: bytes, signature: str, key: str) -> bool:
    """Did the owner of a public key sign this?"""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError):  # binascii.Error is one
        return False
    return True


def verdict(
    folder: Folder, question: Question, key: str, *, clock: Callable[[], float] = time.time
) -> tuple[bool | None, str]:
    """What the licence file of a product says, and why if it is no. (None, reason) where there is none to be had.

    ``key`` is the vendor's public key.
    """
    if not _PRODUCT.fullmatch(question.product):
        return None, ""
    name = f"{question.product}.license"
    try:
        data = Folder(folder.path / "files").read(name, _MOST_BYTES)
    except StorageError as error:
        return None, str(error)
    if data is None:
        return None, ""
    try:
        signed = msgspec.json.decode(data, type=Signed)
        found = msgspec.json.decode(signed.license, type=License)
    except msgspec.MsgspecError as error:
        return False, f"the licence file {name} cannot be read: {error}"
    if not is_signed(signed.license.encode(), signed.signature, key):
        return False, f"the licence file {name} was not signed with the vendor's key"
    return _compare(name, found, question, clock())


def _compare(name: str, found: License, question: Question, now: float) -> tuple[bool, str]:
    wrong = [
        what
        for what, is_wrong in (
            ("another plugin", found.plugin != question.plugin_id),
            ("another product", found.product != question.product),
            ("another machine", bool(found.machine) and found.machine != question.machine_id),
            ("another key", bool(found.key) and found.key.lower() != key_digest(question.key)),
            ("a time that is over", bool(found.expires) and not now < found.expires),
        )
        if is_wrong
    ]
    return not wrong, f"the licence file {name} is for {' and '.join(wrong)}" if wrong else ""

"""Compiled code that a bundle brings: ``precompiled/<triple>-<wasmtime>.cwasm``.

It is native code and leaves the sandbox, whatever module.wasm does. So it is used only where the user has said so:

- ISOBOOTH_WCLAP_PRECOMPILED=1 trusts every bundle that is loaded;
- ISOBOOTH_WCLAP_PUBLISHERS names files with ed25519 public keys (PEM; several apart by ``:``). Code counts if the file
  beside it, ``….cwasm.sig``, is a signature by one of them, 64 bytes, of ``"wclap-precompiled/1" NUL``, the SHA-256 of
  module.wasm and the SHA-256 of the code. That takes the package ``cryptography``.

Otherwise it is left alone, with a remark, and the module is compiled here.
"""

from __future__ import annotations

import hashlib
import os

from .bundle import Bundle
from .cache_key import Target
from .private_files import NotPrivate, read_regular

FOLDER = "precompiled"
TRUST_VARIABLE = "ISOBOOTH_WCLAP_PRECOMPILED"
PUBLISHERS_VARIABLE = "ISOBOOTH_WCLAP_PUBLISHERS"
SIGNED_DOMAIN = b"wclap-precompiled/1\0"
_SIGNATURE_BYTES = 64
_MOST_KEY_BYTES = 4096


class NotTrusted(Exception):
    """There is code that is not used. The text is a sentence for the user."""


def precompiled_path(bundle: Bundle, target: Target) -> str:
    """Where a bundle would have its code for ``target``; empty for a module by itself."""
    return os.path.join(bundle.folder, FOLDER, f"{target.triple}-{target.wasmtime}.cwasm") if bundle.folder else ""


def read_precompiled(bundle: Bundle, target: Target, wasm_sha256: str, most: int) -> bytes | None:
    """Trusted code of a bundle; None if it has none for ``target``. Raises NotTrusted."""
    path = precompiled_path(bundle, target)
    if not path or not os.path.lexists(path):
        return None
    name = f"{FOLDER}/{os.path.basename(path)}"
    everything = os.environ.get(TRUST_VARIABLE) == "1"
    publishers = [one for one in os.environ.get(PUBLISHERS_VARIABLE, "").split(os.pathsep) if one]
    if not everything and not publishers:
        raise NotTrusted(
            f"it brings compiled code ({name}), which is not used: set {TRUST_VARIABLE}=1 to trust every bundle, or"
            f" name keys in {PUBLISHERS_VARIABLE}"
        )
    try:
        code = read_regular(path, most, private=False)
    except (OSError, NotPrivate) as error:
        raise NotTrusted(f"it brings compiled code that cannot be read: {name} {error}") from error
    if everything:
        return code
    try:
        signature = read_regular(path + ".sig", _SIGNATURE_BYTES, private=False)
    except (OSError, NotPrivate) as error:
        raise NotTrusted(f"it brings compiled code ({name}) without a signature, which is not used") from error
    signed = SIGNED_DOMAIN + bytes.fromhex(wasm_sha256) + hashlib.sha256(code).digest()
    for publisher in publishers:
        if _is_signed(publisher, signature, signed):
            return code
    raise NotTrusted(f"it brings compiled code ({name}) that none of the keys in {PUBLISHERS_VARIABLE} has signed")


def _is_signed(publisher: str, signature: bytes, signed: bytes) -> bool:
    """Raises NotTrusted where that cannot be told."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise NotTrusted(
            f"{PUBLISHERS_VARIABLE} is set, but signatures cannot be checked: pip install 'isobooth-host[licensing]'"
        ) from error
    try:
        key = load_pem_public_key(read_regular(publisher, _MOST_KEY_BYTES, private=True))
    except (OSError, NotPrivate, ValueError, UnsupportedAlgorithm) as error:
        raise NotTrusted(f"the key {publisher} in {PUBLISHERS_VARIABLE} cannot be used: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotTrusted(f"the key {publisher} in {PUBLISHERS_VARIABLE} is no ed25519 public key")
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True

"""``isobooth-host --wclap-cache``: show, empty and fill the cache of compiled modules. Prints one JSON object."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from isobooth.protocol.errors import ArgumentError, IsoboothError
from isobooth.protocol.reports import WclapCacheEntry, WclapCacheReport
from isobooth.protocol.schema import to_json

from ... import exit_codes
from .cache import FOLDER_VARIABLE, Cache, Listed, cache_folder
from .private_files import NotPrivate


@dataclass(frozen=True)
class CacheArguments:
    """What is to be done, and with which bundles."""

    action: str
    paths: tuple[str, ...] = ()


def parse_cache(arguments: list[str]) -> CacheArguments:
    """Read what follows ``--wclap-cache``. Raises ArgumentError."""
    if not arguments or arguments[0] not in {"list", "clear", "warm"}:
        raise ArgumentError("--wclap-cache needs one of list, clear, warm")
    action, paths = arguments[0], tuple(arguments[1:])
    if action == "warm" and not paths:
        raise ArgumentError("--wclap-cache warm needs the path of a bundle")
    if action != "warm" and paths:
        raise ArgumentError(f"--wclap-cache {action} takes no more arguments")
    return CacheArguments(action, paths)


def run_cache(arguments: CacheArguments) -> int:
    """Do it. Returns the exit code: LOAD_FAILED if a bundle could not be compiled or an entry not be removed."""
    report = WclapCacheReport(folder=_folder())
    if arguments.action == "warm":
        report.entries = [_warm(path) for path in arguments.paths]
    else:
        try:
            with Cache(make=False) as cache:
                report.entries = [
                    _remove(cache, one) if arguments.action == "clear" else _show(one) for one in cache.entries()
                ]
        except FileNotFoundError:
            pass  # nothing was ever compiled
        except (NotPrivate, RuntimeError) as error:
            report.trouble = f"it, or the key of its seals, {error}"
        except OSError as error:
            report.trouble = f"it cannot be read: {error.strerror or error}"
    print(to_json(report))
    failed = any(one.status == "failed" for one in report.entries)
    return exit_codes.LOAD_FAILED if failed else exit_codes.OK


def _folder() -> str:
    try:
        return str(cache_folder())
    except RuntimeError as error:
        raise ArgumentError(f"there is no home folder ({error}): set {FOLDER_VARIABLE}") from error


def _utc(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.timezone.utc).isoformat(timespec="seconds")


def _show(one: Listed) -> WclapCacheEntry:
    entry = WclapCacheEntry(
        status="unusable" if one.trouble else "sound",
        name=one.stem,
        size=one.size,
        used=_utc(one.used),
        trouble=one.trouble,
    )
    if one.meta is not None:
        entry.source = one.meta.source
        entry.plugins = [str(plugin.get("name", "")) for plugin in one.meta.plugins]
        entry.wasmtime = one.meta.wasmtime
        entry.created = one.meta.created
    return entry


def _remove(cache: Cache, one: Listed) -> WclapCacheEntry:
    entry = _show(one)
    is_gone = cache.remove(one.stem)
    entry.status, entry.trouble = ("removed", "") if is_gone else ("failed", "it could not be removed")
    return entry


def _warm(path: str) -> WclapCacheEntry:
    from .plugin import WclapEntry

    start = time.perf_counter()
    try:
        module = WclapEntry(path, for_use=False)
    except IsoboothError as error:
        return WclapCacheEntry(status="failed", source=path, trouble=str(error))
    entry = WclapCacheEntry(
        status="failed",
        source=path,
        plugins=[listed.descriptor.name for listed in module.plugins],
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    if module.source == "bundle":
        entry.status, entry.trouble = "cached", "the code that the bundle brings is used"
    elif module.is_kept:
        entry.status = "cached" if module.source == "cache" else "compiled"
    else:
        entry.trouble = "; ".join([*module.warnings.list(), f"nothing could be written to {cache_folder()}"])
    module.release()
    return entry

"""What the tests of several packages share: real plugins, plugins of our own, traces of processes, a client by hand."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "plugins"
NEWER = CACHE / "newer"
"""Plugins that need a newer C library than the machine has, and that library; see tools/newer.py."""
CLAP_FOLDERS = (CACHE / "usr" / "lib" / "clap", Path("/usr/lib/clap"))
VST3_FOLDERS = (CACHE / "usr" / "lib" / "vst3", Path("/usr/lib/vst3"))
LV2_FOLDERS = (Path("/usr/lib/lv2"),)
LADSPA_FOLDERS = (CACHE / "usr" / "lib" / "ladspa", Path("/usr/lib/ladspa"))
VST2_FOLDERS = (CACHE / "usr" / "lib" / "vst", Path("/usr/lib/vst"), Path("/usr/lib/lxvst"))
_FOLDERS = {
    ".clap": CLAP_FOLDERS,
    ".vst3": VST3_FOLDERS,
    ".lv2": LV2_FOLDERS,
    ".so": (*LADSPA_FOLDERS, *VST2_FOLDERS),
}
SHM = Path("/dev/shm")
PATIENCE = 20.0
"""Seconds after which something that must happen has not happened. Never a measure of speed."""


def absent(what: str) -> None:
    """Skip, saying what is absent; where nothing may be absent (CI=true), fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} must be there where CI=true")
    pytest.skip(f"{what} is not installed")


def real_plugin(name: str) -> Path:
    """A plugin of Debian: ``amp.so``, ``ZamComp-vst.so``, ``ZamComp.clap``, ``again.vst3``, ``mda.lv2``.

    Skips, or fails where CI=true, if absent. Only such as this machine can load by itself, see ``newer_plugin``.
    """
    for folder in _FOLDERS[Path(name).suffix]:
        if (folder / name).exists():
            return folder / name
    absent(f"the plugin {name}")
    raise AssertionError


def newer_plugin(name: str) -> Path:
    """A plugin of Debian that needs a newer C library than many machines have. Load it ``with hosting(path)``.

    DPF's examples (``Nekobi.clap``), LSP (``lsp-plugins.clap``) and Steinberg's examples (``again.vst3``). Skips, or
    fails where CI=true, if it is absent.
    """
    for folder in (*_FOLDERS[Path(name).suffix], NEWER / "usr" / "lib" / Path(name).suffix[1:]):
        if (folder / name / name).is_file():  # a folder that has the name of the plugin in it
            return folder / name / name
        if (folder / name).exists():
            return folder / name
    absent(f"the plugin {name}")
    raise AssertionError


def host_for(plugin: Path) -> list[str]:
    """The host that can load a plugin: one with the newer C library for those of ``newer_plugin`` that need it."""
    if NEWER in plugin.parents:
        return [*plain(), str(NEWER / "run"), sys.executable, "-m", "isobooth.host"]
    return host_command()


@contextlib.contextmanager
def hosting(plugin: Path) -> Iterator[Path]:
    """ISOBOOTH_HOST is a host that can load this plugin, while the block runs. A booth outlives the block."""
    before = os.environ.get("ISOBOOTH_HOST")
    os.environ["ISOBOOTH_HOST"] = shlex.join(host_for(plugin))
    try:
        yield plugin
    finally:
        if before is None:
            del os.environ["ISOBOOTH_HOST"]
        else:
            os.environ["ISOBOOTH_HOST"] = before


def compile_plugin(source: str, target: Path, *flags: str) -> Path:
    """Compile C code to a shared library. Skips, or fails where CI=true, without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        absent("a C compiler")
    path = target.with_suffix(".c")
    path.write_text(source)
    command = [str(compiler), "-std=gnu11", "-O1", "-g", "-shared", "-fPIC", *flags, str(path), "-o", str(target)]
    done = subprocess.run([*command, "-lm", "-pthread"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def host_command() -> list[str]:
    """The host of this environment; of the source tree where it is not installed."""
    if os.environ.get("ISOBOOTH_HOST"):
        return shlex.split(os.environ["ISOBOOTH_HOST"])
    program = Path(sys.executable).parent / "isobooth-host"
    return [*plain(), *([str(program)] if program.exists() else [sys.executable, "-m", "isobooth.host"])]


def plain() -> list[str]:
    """What to put before a command so that tools/sanitize.py concerns this process alone."""
    return ["env", "-u", "LD_PRELOAD"] if os.environ.get("LD_PRELOAD") else []


def until(true: Callable[[], object], *, seconds: float = PATIENCE) -> bool:
    """Wait until something holds; False if it does not within PATIENCE."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return bool(true())
        time.sleep(0.005)
    return True


# -- what is left behind ----------------------------------------------------------------------------------------------


def is_running(pid: int) -> bool:
    """Is there such a process, and is it more than a zombie?"""
    return state_of(pid) not in {"", "Z", "X"}


def state_of(pid: int) -> str:
    """One letter, as in ps: R, S, T (stopped), Z (a zombie) …; empty if there is no such process."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def stop(pid: int) -> None:
    """Make a process stand still, every thread of it."""
    os.kill(pid, signal.SIGSTOP)
    assert until(lambda: state_of(pid) == "T")


def segments() -> set[str]:
    """Names of our objects in shared memory, of this machine's every process."""
    return {path.name for path in SHM.glob("isobooth-*")}


def segments_of(pid: int) -> set[str]:
    """Those that one client made."""
    return {name for name in segments() if name.startswith(f"isobooth-{pid}-")}


def descriptors(pid: int | str = "self") -> dict[int, str]:
    """Open descriptors of a process and what they are."""
    found = {}
    for path in Path("/proc", str(pid), "fd").iterdir():
        with contextlib.suppress(OSError):
            found[int(path.name)] = str(path.readlink())
    if pid == "self":  # the folder that was just read
        found = {fd: what for fd, what in found.items() if not what.startswith(f"/proc/{os.getpid()}")}
    return found


def native_threads(pid: int | str = "self") -> int:
    """Threads of a process, Python's and others."""
    return len(list(Path("/proc", str(pid), "task").iterdir()))


def descendants(pid: int) -> list[int]:
    """Processes that this one or its children started and that still run."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    found: list[int] = []
    for child in sorted(parents):
        ancestor = child
        while ancestor in parents and ancestor != pid:
            ancestor = parents[ancestor]
        if ancestor == pid and child != pid and is_running(child):
            found.append(child)
    return found


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def in_threads(count: int, work: Callable[[int], object], *, seconds: float = 90.0) -> list[object]:
    """Run ``work(0)`` … ``work(count - 1)`` at once; their results. The first exception is raised here."""
    results: list[object] = [None] * count
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            results[number] = work(number)
        except BaseException as error:  # noqa: BLE001  it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if errors:
        raise errors[0]
    return results


def run_python(
    code: str, *arguments: str, seconds: float = 60.0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds isobooth where this one does."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "PYTHONPATH": python_path(), **environment},
    )


def python_path() -> str:
    """PYTHONPATH for a child that is to import what this process imports."""
    return os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])

"""VST3 bundles for the tests: of our own module in every shape, and real ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from isobooth.host.formats.vst3.bundle import machine_folder
from isobooth.protocol.descriptors import ScanReport
from tests.support import compile_plugin

HERE = Path(__file__).resolve().parent
INCLUDE = f"-I{HERE.parent / 'src' / 'isobooth' / 'host'}"
GOOD, CONTROLLER, FULL, ABSENT, BROKEN = (
    word.encode().hex().upper()
    for word in ("good-plugin-0001", "good-controller1", "full-plugin-0001", "absent-plugin-01", "broken-plugin-01")
)
"""Class ids of vst3_module.c."""
_compiled: dict[tuple[str, ...], Path] = {}


def module(folder: Path, *flags: str) -> Path:
    """vst3_module.c as a library, compiled once for each set of flags."""
    known = _compiled.get(flags)
    if known is None or not known.exists():
        source = (HERE / "plugins" / "vst3_module.c").read_text()
        known = _compiled[flags] = compile_plugin(source, folder / f"module-{len(_compiled)}.so", INCLUDE, *flags)
    return known


def bundle(tmp_path: Path, scratch: Path, *flags: str, name: str = "Test.vst3", info: str | None = None) -> Path:
    """A bundle with that module in it, and with a moduleinfo.json if ``info`` is its text."""
    root = tmp_path / name
    binary = root / "Contents" / machine_folder() / f"{root.stem}.so"
    binary.parent.mkdir(parents=True)
    shutil.copy2(module(scratch, *flags), binary)
    if info is not None:
        (root / "Contents" / "Resources").mkdir()
        (root / "Contents" / "Resources" / "moduleinfo.json").write_text(info)
    return root


def foreign_library(target: Path, machine: int) -> Path:
    """A whole library of another machine: ours, with the machine's number changed."""
    data = bytearray(target.read_bytes())
    data[18:20] = machine.to_bytes(2, "little")
    target.write_bytes(data)
    return target


def traced(trace: Path) -> list[str]:
    """What the module did, without the counting of references."""
    words = trace.read_text().splitlines() if trace.exists() else []
    return [word for word in words if word not in {"ref", "release"}]


def report_on(path: str | os.PathLike[str]) -> ScanReport:
    """An empty report."""
    return ScanReport(format="vst3", path=str(path))

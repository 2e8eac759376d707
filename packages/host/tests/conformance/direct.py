"""The other side of a comparison to the last bit: programs that call plugins and use nothing of isobooth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from isobooth.client import Plugin
from tests.support import NEWER, ROOT, plain

from .subjects import Subject

DIRECT_FORMATS = {
    form for form in ("ladspa", "clap", "vst2", "vst3", "lv2") if (ROOT / "tests/direct" / f"{form}_direct.py").exists()
}
BLOCKS = (512, 1, 3, 64, 127, 1000, 300, 8192)
"""Lengths of blocks, in turn. The last one only says what the longest could be."""


def play_directly(
    subject: Subject,
    plugin: Plugin,
    rate: float,
    audio: np.ndarray,
    values: dict[int, float],
    notes: list[tuple[int, int, int, float]],
    folder: Path,
) -> dict[str, np.ndarray]:
    """Play the same blocks in a process of its own; what came out (audio, latency …)."""
    source, target = folder / "in.npz", folder / "out.npz"
    if subject.format in {"ladspa", "lv2"}:  # ports have no value before somebody gives them one
        values = {p.id: p.value for p in plugin.parameters.values() if not p.is_output}
    keys = np.array(list(values), dtype=np.int64)
    given = {"audio": audio, "ports" if subject.format == "ladspa" else "params": keys, "values": list(values.values())}
    if notes:
        given["notes"] = np.array(notes, dtype=np.float64)
    if not len(audio):
        given["audio"] = np.zeros((0, 4 * sum(BLOCKS[:-1])), np.float32)
    np.savez(source, blocks=np.array(BLOCKS), **given)
    command = [str(NEWER / "run")] if NEWER in subject.path.parents else []
    program = ROOT / "tests" / "direct" / f"{subject.format}_direct.py"
    rate = round(rate) if subject.format == "ladspa" else rate  # an integer in its interface
    arguments = [str(subject.path), plugin.descriptor.id, repr(rate), str(max(BLOCKS)), "1", str(source), str(target)]
    done = subprocess.run(
        [*plain(), *command, sys.executable, str(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    with np.load(target) as archive:
        return {name: archive[name] for name in archive.files}

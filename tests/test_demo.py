"""The demo does what it promises, with its own plugins; the task `demo` plays real ones."""

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

ROOT = Path(__file__).resolve().parent.parent
OWN_TAKES = 5
"""The music, a LADSPA and a CLAP plugin, the chain, the chain with a kill."""


def test_plays_kills_and_goes_on(tmp_path):
    pytest.importorskip("matplotlib", reason="the demo's picture needs matplotlib")
    done = subprocess.run(
        [sys.executable, str(ROOT / "demo" / "run.py"), "--own", "--output", str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
    takes = sorted(tmp_path.glob("*.wav"))
    assert len(takes) == OWN_TAKES
    assert {soundfile.info(path).frames for path in takes} == {8 * 48000}
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")

"""Temporary folders of booths: gone when the instance is, when the process is, and when that was killed."""

import fcntl
import os
import shutil
import signal
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.client import load
from isobooth.host import scratch
from tests.support import kill, real_plugin, run_python, until


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def old(path):
    path.mkdir()
    (path / "file").write_bytes(b"1")
    os.utime(path, (0, 0))
    return path


def test_a_folder_is_there_until_it_is_removed(tmp_path):
    path = Path(scratch.make_folder())
    assert path.parent == tmp_path
    assert path.stat().st_mode & 0o777 == 0o700
    (path / "file").write_bytes(b"1")
    scratch.remove_folder(str(path))
    scratch.remove_folder(str(path))
    assert not path.exists()


def test_only_what_nobody_holds_is_swept(tmp_path):
    left, mine = old(tmp_path / "isobooth-999999999-abc"), Path(scratch.make_folder())
    assert not left.exists()  # whoever needs a folder tidies up first
    os.utime(mine, (0, 0))
    left = old(tmp_path / "isobooth-999999999-abc")
    young = tmp_path / "isobooth-999999998-abc"
    young.mkdir()
    others = [old(tmp_path / name) for name in ("isobooth-x-abc", "isobooth-5", "else-5-abc", "isobooth-5-")]
    target = old(tmp_path / "target")
    link = tmp_path / "isobooth-7-link"
    link.symlink_to(target)
    held = old(tmp_path / "isobooth-6-held")
    fd = os.open(held, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    assert scratch.sweep() == [str(left)]
    assert all(path.exists() for path in (mine, young, *others, held, target / "file"))
    assert scratch.sweep(6) == []
    os.close(fd)
    assert scratch.sweep(6) == [str(held)]
    assert scratch.sweep(999999998) == [str(young)]
    scratch.remove_folders()
    assert not mine.exists()


def test_an_orderly_end_leaves_nothing(tmp_path):
    code = (
        "from isobooth.host.scratch import make_folder; from isobooth.host.booth import end_process;"
        "print(make_folder()); end_process(0)"
    )
    done = run_python(code, TMPDIR=str(tmp_path))
    assert done.stdout.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_plugin
def test_a_booth_that_is_killed_leaves_nothing(tmp_path):
    """A sampler whose file is gone has it restored from its state, into a folder of the booth."""
    soundfile = pytest.importorskip("soundfile")
    wave = tmp_path / "samples" / "tone.wav"
    wave.parent.mkdir()
    soundfile.write(wave, np.full(4800, 0.5, np.float32), 48000)
    bundle = f"lv2:{real_plugin('eg-sampler.lv2')}"

    with load(bundle) as plugin:
        plugin.load_preset(wave)
        assert until(lambda: plugin.process(frames=512) is not None and _files(plugin.state))
        state = plugin.state
    shutil.rmtree(wave.parent)
    with load(bundle) as plugin:
        plugin.state = state
        pid = plugin.pid
        (found,) = folders(pid)
        assert list(found.rglob("tone.wav"))
        kill(pid, signal.SIGKILL)
        assert until(lambda: not folders(pid))
    with load(bundle) as plugin:
        plugin.state = state
        pid = plugin.pid
        assert folders(pid)
    assert until(lambda: not folders(pid))


def folders(pid):
    """Of a booth, which has this process's environment and not its ``tempfile.tempdir``."""
    above = os.environ.get("TMPDIR") or "/tmp"
    return list(Path(above).glob(f"isobooth-{pid}-*"))


def _files(state):
    return msgspec.msgpack.decode(state)["files"]

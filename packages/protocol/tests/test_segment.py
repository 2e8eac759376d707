"""Shared-memory objects: made, mapped, unlinked, swept, refused."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import posix_ipc
import pytest

from isobooth.protocol.errors import SegmentError
from isobooth.protocol.segment import PREFIX, Segment, sweep

SHM = Path("/dev/shm")


def ours():
    return {path.name for path in SHM.glob(f"{PREFIX}{os.getpid()}-*")}


def fds():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("size", [1, 4096, 4097, 10_000_000])
def test_made_mapped_and_gone(size):
    open_before = fds()
    segment = Segment.create(size)
    path = SHM / segment.name.lstrip("/")
    assert path.stat().st_size == size
    assert path.stat().st_mode & 0o777 == 0o600
    assert not any(segment.memory[:])
    other = Segment.attach(segment.name)
    segment.memory[size - 1] = 77
    assert other.memory[size - 1] == 77
    segment.unlink()
    segment.unlink()
    assert not path.exists()
    other.memory[0] = 5
    assert segment.memory[0] == 5
    with pytest.raises(SegmentError, match=segment.name):
        Segment.attach(segment.name)
    other.close()
    segment.close()
    segment.close()
    assert fds() == open_before
    assert not ours()


def test_the_mode_does_not_follow_the_umask():
    before = os.umask(0)
    try:
        segment = Segment.create(10)
        assert (SHM / segment.name.lstrip("/")).stat().st_mode & 0o777 == 0o600
        segment.close()
    finally:
        os.umask(before)


def test_names_cannot_be_guessed():
    made = [Segment.create(10) for _ in range(20)]
    assert len({segment.name for segment in made}) == 20
    assert all(len(segment.name.rpartition("-")[2]) == 32 for segment in made)
    for segment in made:
        segment.close()


def test_memory_stays_while_arrays_look_at_it():
    segment = Segment.create(8000)
    view = np.frombuffer(segment.memory, np.uint8)
    segment.close()
    del segment
    gc.collect()
    view2 = view[5:]
    view2[:] = 3
    assert int(view2.sum()) == 3 * 7995
    assert not ours()


@pytest.mark.parametrize("size", [2**62, 2**50, 2**80, 0, -1])
def test_sizes_that_are_not_to_be_had(size):
    open_before = fds()
    with pytest.raises(SegmentError, match=str(size)):
        Segment.create(size)
    assert not ours()
    assert fds() == open_before


def test_more_than_there_is():
    free = os.statvfs(SHM)
    with pytest.raises(SegmentError, match="make /dev/shm larger"):
        Segment.create(free.f_frsize * free.f_blocks + (1 << 20))
    assert not ours()


def test_a_full_disk_is_an_error_and_no_signal(monkeypatch):
    def full(fd, offset, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SegmentError, match="No space left"):
        Segment.create(1000)
    assert not ours()


def test_shared_memory_that_is_not_allowed(monkeypatch):
    def refuse(*_args, **_named):
        raise posix_ipc.PermissionsError("no permission")

    monkeypatch.setattr(posix_ipc, "SharedMemory", refuse)
    with pytest.raises(SegmentError, match="no permission"):
        Segment.create(1000)
    with pytest.raises(SegmentError, match="no permission"):
        Segment.attach("/x")


@pytest.mark.parametrize("name", ["", "/", "/nothing-there", "a" * 5000, "/a/b", "with\0null", "\udcff"])
def test_names_that_are_none(name):
    with pytest.raises(SegmentError):
        Segment.attach(name)


def test_an_empty_object():
    name = f"/{PREFIX}{os.getpid()}-empty"
    shared = posix_ipc.SharedMemory(name, posix_ipc.O_CREX)
    try:
        with pytest.raises(SegmentError, match="could not be mapped"):
            Segment.attach(name)
    finally:
        shared.close_fd()
        shared.unlink()


def dead_pid():
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def make(name, age):
    path = SHM / name
    path.write_bytes(b"x")
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_sweep_takes_what_the_dead_have_left():
    dead = dead_pid()
    paths = {
        "dead and old": make(f"{PREFIX}{dead}-aaaa", 120),
        "dead and fresh": make(f"{PREFIX}{dead}-bbbb", 0),
        "alive": make(f"{PREFIX}{os.getpid()}-cccc", 120),
        "no number": make(f"{PREFIX}x-dddd", 120),
        "no pid": make(f"{PREFIX}-eeee", 120),
        "another's": make(f"other-{dead}-ffff", 120),
    }
    try:
        swept = sweep()
        assert paths["dead and old"].name in swept
        assert [what for what, path in paths.items() if not path.exists()] == ["dead and old"]
        assert paths["dead and old"].name not in sweep()
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)


def test_the_death_of_the_maker_leaves_what_sweep_takes():
    code = (
        "import os; from isobooth.protocol.segment import Segment;"
        " print(Segment.create(100).name, flush=True); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    path = SHM / done.stdout.strip().lstrip("/")
    assert path.exists()
    os.utime(path, (0, 0))
    assert path.name in sweep()
    assert not path.exists()

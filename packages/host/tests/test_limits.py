"""What a booth may take, set in a process of its own."""

import subprocess
import sys

from tests.support import python_path

CODE = """
import resource
from isobooth.host.limits import apply_limits

apply_limits({limits})
for name in ("CORE", "AS", "NOFILE", "NPROC"):
    print(resource.getrlimit(getattr(resource, "RLIMIT_" + name))[0])
"""


def after(limits, before=""):
    done = subprocess.run(
        [sys.executable, "-c", before + CODE.format(limits=limits)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": python_path()},
    )
    return [int(line) for line in done.stdout.split()], done.stderr


def test_none_but_core_by_default():
    limits, said = after({})
    assert limits[0] == 0
    assert limits[1] == -1
    assert said == ""


def test_each():
    (core, memory, descriptors, processes), said = after(
        {"core": 4096, "memory": 1 << 30, "descriptors": 100, "processes": 5000, "new": 5}
    )
    assert core in {0, 4096}  # 0 where this machine allows no more
    assert (1 << 30) + (64 << 20) < memory < 1 << 33
    assert 100 < descriptors < 200
    assert processes == 5000
    assert said == ""


def test_a_lower_limit_stays():
    before = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))\n"
    (_, _, descriptors, _), said = after({"descriptors": 100_000}, before)
    assert descriptors == 50
    assert said == ""

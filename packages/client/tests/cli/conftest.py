import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from isobooth.client.cli import main

FAULTS = Path(__file__).parent / "faults.c"
REAL = ("amp.so", "delay.so", "sc4_1882.so")


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The environment of all commands: a few real plugins, the machine's own CLAPs, a cache for all tests."""
    root = tmp_path_factory.mktemp("world")
    for name in REAL:
        real = Path("/usr/lib/ladspa", name)
        if not real.exists():
            if os.environ.get("CI"):
                pytest.fail(f"{real} is not there")
            pytest.skip(f"{real} is not installed (ladspa-sdk, swh-plugins)")
    (root / "plugins").mkdir()
    for name in REAL:
        (root / "plugins" / name).symlink_to(Path("/usr/lib/ladspa", name))
    hidden = {"CLAP_PATH", "LD_PRELOAD", "ISOBOOTH_TRACEBACK"}
    return {
        **{key: value for key, value in os.environ.items() if key not in hidden},
        "LADSPA_PATH": str(root / "plugins"),
        "HOME": str(root),
        "ISOBOOTH_CACHE_DIR": str(root / "cache"),
    }


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    """A library of LADSPA plugins that crash, hang and print; see faults.c."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if os.environ.get("CI"):
            pytest.fail("there is no C compiler")
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run([compiler, "-std=gnu11", "-shared", "-fPIC", "-o", library, FAULTS], check=True)
    return library


@pytest.fixture
def cli(world, tmp_path):
    """A function that runs a command line and returns its exit code and what it printed."""

    def run(*arguments, **more):
        done = subprocess.run(
            [sys.executable, "-m", "isobooth.client.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            env={**world, **more},
        )
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def here(world, tmp_path, monkeypatch, capfd):
    """As cli, but in this process, which is quicker."""
    for name in ("CLAP_PATH", "ISOBOOTH_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **more):
        for name, value in {**world, **more}.items():
            monkeypatch.setenv(name, value)
        code = main([str(one) for one in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


@pytest.fixture
def dry(tmp_path):
    """Path and content of a stereo file of 32-bit floats, 1.5 s and some frames at 44100 Hz."""
    noise = np.random.default_rng(7).uniform(-0.5, 0.5, (2, 66_161)).astype(np.float32)
    path = tmp_path / "dry.wav"
    soundfile.write(path, noise.T, 44100, subtype="FLOAT")
    return path, noise


def read(path):
    """Return (channels, frames) and the rate of a file."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.ascontiguousarray(audio.T), rate


@pytest.fixture(name="read")
def read_fixture():
    return read

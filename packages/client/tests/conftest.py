"""Every test of the client starts with a host to be found, and leaves nothing behind."""

import gc
import os
import shlex
import sys
import tempfile
import textwrap
import threading

import numpy as np
import pytest

from isobooth.client import load
from isobooth.client.warmhost import close_warm_host
from isobooth.protocol import get_include
from tests.support import (
    PATIENCE,
    ROOT,
    compile_plugin,
    descendants,
    descriptors,
    host_command,
    native_threads,
    plain,
    python_path,
    segments_of,
    until,
)

from .loud import LOUD

os.environ["WCLAP_CACHE_DIR"] = tempfile.mkdtemp(prefix="isobooth-test-cache-")
"""What is compiled in tests stays out of the cache of whoever runs them."""

REAL_HOST = shlex.join(host_command())


@pytest.fixture(autouse=True, scope="session")
def some_host():
    """Without an installed host, the one of the source tree."""
    before = os.environ.get("ISOBOOTH_HOST")
    os.environ["ISOBOOTH_HOST"] = REAL_HOST
    yield
    close_warm_host()
    if before is None:
        del os.environ["ISOBOOTH_HOST"]
    else:
        os.environ["ISOBOOTH_HOST"] = before


@pytest.fixture
def null():
    """A function that loads a pass-through; all of them are closed in the end."""
    loaded = []

    def make(**options):
        loaded.append(load("null:", **options))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()


@pytest.fixture
def nothing_left():
    """Fails if the test leaves a process, a descriptor, a thread or shared memory behind, be it closed or forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOBOOTH_HOST", REAL_HOST)  # the test may have one of its own
        with load("null:") as plugin:  # what stays: the reactor, the watcher
            plugin.process(np.zeros((2, 8), np.float32))
        close_warm_host()
    gc.collect()

    def state():
        gc.collect()
        return {
            "processes": set(descendants(os.getpid())),
            "descriptors": set(descriptors().items()),
            "threads": native_threads(),
            "segments": segments_of(os.getpid()),
        }

    def left():
        new = {key: found - before[key] for key, found in state().items() if key != "threads" and found - before[key]}
        if native_threads() > before["threads"]:
            new["threads"] = sorted(thread.name for thread in threading.enumerate())
        return new

    before = state()
    yield
    close_warm_host()
    assert until(lambda: not left()), left()


def noise(channels, frames, seed=0, dtype=np.float32):
    """Random audio, always the same."""
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(dtype)


@pytest.fixture
def fake_host(monkeypatch, tmp_path):
    """A function that makes ISOBOOTH_HOST a host that behaves as the given code says; see tests/fake_host.py."""
    count = [0]

    def install(code):
        count[0] += 1
        behaviour = tmp_path / f"behaviour-{count[0]}.py"
        behaviour.write_text(textwrap.dedent(code).lstrip("\n"))
        monkeypatch.setenv("PYTHONPATH", python_path())
        monkeypatch.setenv(
            "ISOBOOTH_HOST",
            shlex.join([*plain(), sys.executable, str(ROOT / "tests" / "fake_host.py"), str(behaviour)]),
        )

    yield install
    close_warm_host()


@pytest.fixture(scope="session")
def loud_file(tmp_path_factory):
    """The compiled plugin of loud.py."""
    from .test_bad_plugins import ladspa_header

    header = ladspa_header(tmp_path_factory.mktemp("ladspa"))
    return compile_plugin(LOUD, tmp_path_factory.mktemp("loud") / "loud.so", f"-I{header}")


@pytest.fixture
def loud(loud_file):
    """A function that loads it; all of them are closed in the end."""
    loaded = []

    def make(**options):
        loaded.append(load(loud_file, **{"block_size": 64, "timeout": PATIENCE, "on_crash": "bypass", **options}))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()


@pytest.fixture(scope="session")
def meters_file(tmp_path_factory):
    """A CLAP with meters that fails in several ways; see clap_meters.c."""
    host = ROOT / "packages" / "host"
    plugins = host / "tests" / "plugins"
    include = [f"-I{host / 'src' / 'isobooth' / 'host'}", f"-I{get_include()}", f"-I{plugins}"]
    target = tmp_path_factory.mktemp("meters") / "clap_meters.clap"
    return compile_plugin((plugins / "clap_meters.c").read_text(), target, *include)


@pytest.fixture
def meters(meters_file):
    """A function that loads it; all of them are closed in the end."""
    loaded = []

    def make(**options):
        loaded.append(load(meters_file, **{"block_size": 64, "timeout": PATIENCE, **options}))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()

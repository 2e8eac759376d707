"""A client that is killed takes everything along: its booths, the warm host, and what it had in shared memory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import compile_plugin, descendants, is_running, python_path, segments_of, until

CLIENT = """
import sys, threading, time, numpy as np
from isobooth.client import load
from isobooth.client.warmhost import warm_host
plugins = [load("null:", block_size=64) for _ in range(4)]
audio = np.zeros((2, 5000), np.float32)
def forever(work):
    while True:
        work()
works = [lambda: plugins[0].process(audio), lambda: setattr(plugins[1], "state", bytes(1 << 20)),
         lambda: (plugins[2].submit(), plugins[2].wait()), lambda: load("null:").close()]
for work in works:
    threading.Thread(target=forever, args=(work,), daemon=True).start()
print(warm_host()._process.pid, *[plugin.pid for plugin in plugins], flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.3])
def test_the_death_of_the_client_ends_everything(delay):
    environment = {**os.environ, "PYTHONPATH": python_path()}
    with subprocess.Popen([sys.executable, "-c", CLIENT], stdout=subprocess.PIPE, text=True, env=environment) as client:
        pids = [int(word) for word in client.stdout.readline().split()]
        assert len(pids) == 5
        time.sleep(delay)
        pids += descendants(client.pid)
        client.kill()
        client.wait()
    assert until(lambda: not any(is_running(pid) for pid in pids), seconds=5)
    assert until(lambda: not segments_of(client.pid), seconds=5)


def test_what_was_made_and_never_mapped_goes_with_its_client():
    """Between making shared memory and the booth's mapping it lies the one moment in which it has a name."""
    code = (
        "from isobooth.client.warmhost import warm_host\n"
        "from isobooth.protocol.segment import Segment\n"
        "import os, signal\n"
        "warm_host(); segment = Segment.create(4096); print(segment.name, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": python_path()}
    client = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment, check=False
    )
    assert client.returncode == -signal.SIGKILL
    name = client.stdout.strip()
    assert name
    assert until(lambda: not Path("/dev/shm", name.strip("/")).exists(), seconds=5)


def test_a_client_that_dies_while_a_plugin_loads_leaves_no_segment(tmp_path):
    """The host takes the name away as soon as it has the memory, not when it has the plugin."""
    source = "#include <unistd.h>\n__attribute__((constructor)) static void slow(void) { for (;;) pause(); }\n"
    slow = compile_plugin(source, tmp_path / "slow.so")
    code = f"from isobooth.client import load; print('x', flush=True); load('ladspa:{slow}#x')"
    environment = {**os.environ, "PYTHONPATH": python_path()}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as client:
        client.stdout.readline()

        def hosts():
            return [pid for pid in descendants(client.pid) if str(slow) in maps(pid)]

        assert until(hosts)
        pids = descendants(client.pid)
        assert not segments_of(client.pid)
        client.kill()
        client.wait()
    assert until(lambda: not any(is_running(pid) for pid in pids), seconds=5)


def maps(pid):
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""

"""WCLAP is CLAP in a sandbox: the tests of CLAP hold, and the same C sounds the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host.formats.wclap.plugin import load
from isobooth.protocol.events import NoteOn, ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled
from wclap_modules import built, need_wclap

HERE = Path(__file__).resolve().parent

_OTHERWISE = {
    "test_clap_events.py": [],
    "test_clap_runtime.py": [
        "test_the_pool_ends_with_the_activation",  # there are no threads in the sandbox
        "test_tasks_are_shared_out_to_threads_each_once",
    ],
    "test_clap_layouts.py": ["test_a_plugin_whose_buses_are_fixed_says_so"],  # of a real plugin, not compiled here
    "test_clap_extensions.py": [
        "test_directories_are_made_on_demand",  # have other places, see test_wclap_files.py
        "test_calls_off_the_main_thread_are_ignored_and_logged_once",
        "test_a_real_plugin_without_all_this_takes_it_in_its_stride",
    ],
    "test_clap_plugin.py": [
        "test_a_description_holds_what_the_plugin_says",  # its format is "wclap"
        "test_a_state_that_cannot_be_had_or_taken_is_an_error",  # the warning has other words
    ],
    "test_clap_asks.py": [
        "test_what_is_called_on_a_wrong_thread_is_refused_and_told_once",
        "test_lines_of_many_threads_arrive_whole",
        "test_a_descriptor_is_watched_and_one_that_was_closed_is_forgotten",  # nor are there descriptors
        "test_timers_and_descriptors_leave_audio_alone",
    ],
}
"""Files of tests, and those tests that ask for what a sandbox has not."""


@pytest.mark.parametrize("name", list(_OTHERWISE))
def test_the_tests_of_clap_hold(name, tmp_path):
    need_wclap()
    keep = " and ".join(f"not {test}" for test in _OTHERWISE[name])
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "wclap_redirect", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [*command, "-k", keep or "test", f"--basetemp={tmp_path / 'inner'}", str(HERE / name)],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", ["clap_rests", "clap_echo"])
def test_the_same_c_sounds_the_same(tmp_path_factory, name):
    need_wclap()
    folder = tmp_path_factory.getbasetemp()
    sounds = []
    for path, how in ((compiled(name, folder), {}), (built(name, folder), {"load": load})):
        with Booth(path, folder, **how) as booth:
            booth.start()
            noise = np.random.default_rng(7)
            parameter = booth.plugin.descriptor.parameters[0]
            blocks = []
            for at in range(20):
                audio = noise.uniform(-0.5, 0.5, (booth.inputs, 128)).astype(booth.dtype)
                events = [NoteOn(60, 0.8, time=3)] if at == 1 else []
                if at == 5:
                    events = [ParamValue(parameter.id, parameter.maximum, time=64)]
                blocks.append(booth.play(audio, events).audio)
            sounds.append(np.concatenate(blocks, axis=1))
    assert np.abs(sounds[0]).max() > 0
    assert np.abs(sounds[0] - sounds[1]).max() <= 1e-6

"""Sixteen real plugins play; now and then one is killed, crashed or stopped, and comes back as it was.

Every other one is brought back by itself, once or with back-off, the rest by hand; one that was given up, by hand too.

By hand, for as long as you like: ``python -m tests.soak.soak --seconds 600``.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from isobooth.client import GaveUp, Notice, Plugin, PluginCrashed, PluginTimeout, RestartPolicy, load
from isobooth.client.warmhost import close_warm_host
from tests.support import (
    CLAP_FOLDERS,
    LADSPA_FOLDERS,
    LV2_FOLDERS,
    VST2_FOLDERS,
    VST3_FOLDERS,
    descendants,
    segments_of,
    until,
)

INSTANCES = 16
WORKERS = 4
BLOCK = 128
TIMEOUT = 3.0
"""Seconds until a stopped plugin is taken to hang."""
POLICIES = ("never", "once", "never", "back-off", "never", RestartPolicy(most=1000, period=3600.0, delay=0.0))
"""Of the instances in turn."""
KILLS = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM, signal.SIGSTOP)

CLAP = ("ZamComp", "ZamDelay", "ZamEQ2", "ZamGate", "ZamTube", "ZamVerb")
VST3 = ("ZamComp", "ZamDelay", "ZamEQ2", "ZamGate", "ZamTube", "ZamVerb", "adelay", "again")
LV2 = ("ZamComp", "eg-amp", "ZamDelay", "ZamTube")
VST2 = ("ZamComp-vst", "ZamEQ2-vst", "ZamVerb-vst")
LADSPA = ("sc4_1882", "amp#amp_stereo", "plate_1423", "fad_delay_1192", "gate_1410", "delay", "single_para_1203")


def installed() -> list[str]:
    """Plugins of the lists above that this machine has, formats in turn."""
    kinds = (
        (CLAP, ".clap", CLAP_FOLDERS),
        (VST3, ".vst3", VST3_FOLDERS),
        (LADSPA, ".so", LADSPA_FOLDERS),
        (LV2, ".lv2", LV2_FOLDERS),
        (VST2, ".so", VST2_FOLDERS),
    )
    found = [
        [path for name in names for path in _places(name, suffix, folders)[:1]] for names, suffix, folders in kinds
    ]
    longest = max(map(len, found))
    return [paths[number] for number in range(longest) for paths in found if number < len(paths)]


def _places(name: str, suffix: str, folders: tuple[Path, ...]) -> list[str]:
    file, mark, number = name.partition("#")
    return [f"{folder / file}{suffix}{mark}{number}" for folder in folders if (folder / f"{file}{suffix}").exists()]


@dataclass
class Result:
    """What has happened."""

    plugins: list[str] = field(default_factory=list)
    blocks: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    """By signal."""
    recovered: int = 0
    by_themselves: int = 0
    """Of them, by the policy of the instance."""
    given_up: int = 0
    """Of the others, after the policy had had enough."""
    compared: int = 0
    """Recoveries after which the output was, sample by sample, what it had been."""
    slowest: float = 0.0
    """Seconds of the longest restart."""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} by {name}" for name, count in sorted(self.killed.items()))
        return (
            f"{len(self.plugins)} plugins, {self.blocks} blocks, killed {kills or 'none'}, {self.recovered} recovered"
            f" ({self.by_themselves} by themselves, {self.given_up} after being given up; {self.compared} compared),"
            f" slowest restart {self.slowest * 1000:.0f} ms, {len(self.wrong)} wrong"
        )


class Subject:
    """One plugin and what is known of how it ought to be."""

    def __init__(self, path: str, seed: int, policy: str | RestartPolicy = "never") -> None:
        self._path = path
        self.is_supervised = policy != "never"
        crash = "bypass" if self.is_supervised else "raise"
        self.plugin: Plugin = load(path, block_size=BLOCK, timeout=TIMEOUT, restart=policy, on_crash=crash)  # type: ignore[arg-type]
        self.chance = random.Random(seed)
        self.dry = np.random.default_rng(seed).uniform(-0.5, 0.5, (self._channels(), 16 * BLOCK)).astype(np.float32)
        self.twist()
        self.is_steady = np.array_equal(self._fresh(), self.wet, equal_nan=True)
        """Does the same input give the same output?"""

    def _channels(self) -> int:
        return next((bus.channels for bus in self.plugin.buses if bus.direction == "input"), 0)

    def twist(self) -> None:
        """Set a parameter to anything in its range, and note how the plugin is then."""
        # Not the program: it changes the others, and some plugins do not say so in their state.
        every = self.plugin.parameters.values()
        writable = [one for one in every if not one.is_output and "program" not in one.name.lower()]
        if writable:
            one = self.chance.choice(writable)
            low, high = one.range
            one.value = min(max(self.chance.uniform(low, high), low), high)
        self.plugin.process(self.dry)
        self.state = self.plugin.state
        self.values = self.heard()
        self.wet = self._fresh()

    def _fresh(self) -> Any:
        """What a new instance makes of it in that state: some remember more than a reset clears."""
        with load(self._path, block_size=BLOCK, timeout=10 * TIMEOUT) as twin:
            twin.state = self.state
            return twin.render(self.dry)

    def heard(self) -> dict[int, float]:
        """What the plugin itself says of its parameters."""
        self.plugin.refresh_values()
        return {one.id: one.value for one in self.plugin.parameters.values() if not one.is_output}

    def check(self, result: Result, *, is_fresh: bool) -> None:
        """Compare everything with how it was when it was last twisted; what it plays too, if it has not played yet."""
        name = f"{self.plugin.format} {self.plugin.name}"
        values = self.heard()
        if not all(np.isclose(values[key], value, rtol=1e-5, atol=1e-6) for key, value in self.values.items()):
            result.wrong.append(f"{name}: parameters {values}, not {self.values}")
        wet = self.plugin.render(self.dry)
        if self.is_steady and is_fresh:
            result.compared += 1
            if not np.array_equal(wet, self.wet, equal_nan=True):
                result.wrong.append(f"{name}: another output than before, by {np.abs(wet - self.wet).max()}")


class Worker(threading.Thread):
    """Plays some of the plugins in turn."""

    def __init__(self, subjects: list[Subject], result: Result, deadline: float, seed: int) -> None:
        super().__init__()
        self._subjects = subjects
        self._result = result
        self._deadline = deadline
        self._chance = random.Random(seed)

    def run(self) -> None:
        """Until the time is over."""
        try:
            while time.monotonic() < self._deadline and not self._result.wrong:
                subject = self._chance.choice(self._subjects)
                if self._chance.random() < 0.2:
                    self._kill(subject)
                elif self._chance.random() < 0.2:
                    subject.twist()
                else:
                    subject.plugin.process(subject.dry)
                    self._result.blocks += subject.dry.shape[1] // BLOCK
        except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
            self._result.wrong.append(f"{type(error).__name__}: {error}")

    def _kill(self, subject: Subject) -> None:
        """At a moment that nobody knows, while it plays; then it is brought back, or comes back."""
        number = self._chance.choice(KILLS)
        pid = subject.plugin.pid
        killer = threading.Timer(self._chance.uniform(0, 0.01), _send, (pid, number))
        killer.start()
        plays_on = self._chance.random() < 0.3
        try:
            is_back = self._play_until_back(subject, pid, f"{number.name} of {pid}", plays_on=plays_on)
        finally:
            killer.join()
        self._result.killed[number.name] += 1
        if not is_back:
            start = time.monotonic()
            subject.plugin.restart()
            self._result.slowest = max(self._result.slowest, time.monotonic() - start)
        subject.check(self._result, is_fresh=not (is_back and plays_on))
        self._result.recovered += 1
        self._result.by_themselves += is_back
        self._result.given_up += subject.is_supervised and not is_back

    def _play_until_back(self, subject: Subject, pid: int, what: str, *, plays_on: bool) -> bool:
        """Play until the booth is dead, or, where there is a policy, another has taken its place. True if one has.

        ``plays_on``: also in between; else the new one has not played anything then.
        """
        plugin, heard = subject.plugin, list[Notice]()
        end = time.monotonic() + 10 * TIMEOUT
        while time.monotonic() < end and plugin.pid == pid and not any(isinstance(one, GaveUp) for one in heard):
            if not (plugin.is_alive or plays_on):
                break
            try:
                wet = plugin.process(subject.dry)
            except (PluginCrashed, PluginTimeout):
                return False
            if wet.shape[1] != subject.dry.shape[1]:
                self._result.wrong.append(f"{plugin.name}: an output of {wet.shape}")
            heard += plugin.take_notices()
        is_back = plugin.wait_alive(end - time.monotonic()) and plugin.pid != pid
        heard += plugin.take_notices()
        is_explained = is_back or not subject.is_supervised or any(isinstance(one, GaveUp) for one in heard)
        if not is_explained:
            self._result.wrong.append(f"{plugin.name}, {what}: {heard[-3:]}")
        return is_back


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def soak(seconds: float, *, seed: int = 0) -> Result:
    """Play for so long; everything that was not as it should be is in the result's ``wrong``."""
    paths = installed()
    result = Result()
    if not paths:
        return result
    subjects = [
        Subject(paths[number % len(paths)], seed + number, POLICIES[number % len(POLICIES)])
        for number in range(INSTANCES)
    ]
    result.plugins = [f"{subject.plugin.format} {subject.plugin.name}" for subject in subjects]
    deadline = time.monotonic() + seconds
    workers = [Worker(subjects[number::WORKERS], result, deadline, seed + number) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for subject in subjects:
        subject.plugin.close()
    subjects.clear()
    del workers, worker, subject
    close_warm_host()
    gc.collect()
    if not until(lambda: not descendants(os.getpid())):
        result.wrong.append(f"processes are left: {descendants(os.getpid())}")
    if segments_of(os.getpid()):
        result.wrong.append(f"shared memory is left: {segments_of(os.getpid())}")
    return result


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    result = soak(options.seconds, seed=options.seed)
    sys.stdout.write("\n".join([str(result), *result.wrong, ""]))
    return 1 if result.wrong or not result.plugins else 0


if __name__ == "__main__":
    sys.exit(main())

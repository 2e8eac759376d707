"""What happens to the music: each plugin alone, several in a row, and one whose host is killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from demo.music import RATE, Audio
from demo.rack import BLOCK, Part

CHUNK = 32 * BLOCK
"""Frames that go through the whole chain at once."""


@dataclass
class Take:
    """One plugin, or the chain, and what came out of it."""

    name: str
    format: str
    audio: Audio
    seconds: float
    """That processing took, by the clock."""
    story: str = ""
    """What happened in the crash."""

    @property
    def times_real_time(self) -> float:
        """Seconds of music for each second of work."""
        return float(self.audio.shape[1] / RATE / self.seconds)

    @property
    def microseconds_per_block(self) -> float:
        """Of one block of BLOCK frames, everything included."""
        return float(self.seconds * 1e6 / (self.audio.shape[1] / BLOCK))


@dataclass
class Check:
    """Something that must hold, and whether it did."""

    text: str
    holds: bool


@dataclass
class Crash:
    """The take in which a host died. Times are frames."""

    victim: str
    killed_at: int
    restarted_at: int
    before: Audio
    """What the killed plugin was given."""
    after: Audio
    """What came out of it, or stood in for it."""
    take: Take
    checks: list[Check] = field(default_factory=list)


def fit(audio: Audio, channels: int) -> Audio:
    """As many channels as are wanted: mixed down to one, or repeated."""
    if audio.shape[0] == channels:
        return audio
    mono = audio.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.ascontiguousarray(np.repeat(mono, channels, axis=0))


def main_inputs(part: Part) -> int:
    """Channels of a plugin's main input."""
    buses = [bus.channels for bus in part.plugin.buses if bus.direction == "input" and bus.is_main]
    return buses[0] if buses else 0


def play_alone(part: Part, dry: Audio) -> Take:
    """The whole music through one plugin, in one call."""
    audio = fit(dry, main_inputs(part))
    start = time.perf_counter()
    wet = part.plugin.process(audio)
    seconds = time.perf_counter() - start
    return Take(part.name, part.plugin.format, fit(wet, 2), seconds)


def play_chain(parts: list[Part], dry: Audio, at: Callable[[int], None] | None = None) -> tuple[Take, list[Audio]]:
    """The music through several plugins, one after the other, chunk by chunk; and what each of them gave.

    ``at`` is called before each chunk with its first frame.
    """
    frames = dry.shape[1]
    stages = [np.zeros((2, frames), np.float32) for _ in parts]
    seconds = 0.0
    for start in range(0, frames, CHUNK):
        if at is not None:
            at(start)
        chunk = dry[:, start : start + CHUNK]
        before = time.perf_counter()
        for part, stage in zip(parts, stages, strict=True):
            chunk = part.plugin.process(chunk)
            stage[:, start : start + CHUNK] = chunk
        seconds += time.perf_counter() - before
    name = " > ".join(part.name for part in parts)
    return Take(name, "chain", stages[-1], seconds), stages


class Accident:
    """Kills a part's host at one frame and restarts it at another."""

    def __init__(self, part: Part, killed_at: int, restarted_at: int) -> None:
        self.part = part
        self.killed_at = killed_at
        self.restarted_at = restarted_at
        self.first_pid = part.plugin.pid
        self.error = ""
        self.restart_seconds = 0.0

    def __call__(self, frame: int) -> None:
        """See play_chain."""
        if frame == self.killed_at:
            os.kill(self.part.plugin.pid, signal.SIGKILL)
        elif frame == self.restarted_at:
            self.error = str(self.part.plugin.error or "")
            start = time.perf_counter()
            self.part.plugin.restart()
            self.restart_seconds = time.perf_counter() - start


def play_with_accident(parts: list[Part], dry: Audio, undisturbed: list[Audio]) -> Crash:
    """The chain again; the host of its victim is killed in the middle.

    ``undisturbed`` is what each stage gave without.
    """
    place = max(range(len(parts)), key=lambda number: parts[number].choice.victim)
    part = parts[place]
    chunks = dry.shape[1] // CHUNK
    accident = Accident(part, chunks * 3 // 8 * CHUNK, chunks * 5 // 8 * CHUNK)
    pids = [other.plugin.pid for other in parts if other is not part]
    take, stages = play_chain(parts, dry, accident)
    given = stages[place - 1] if place else dry
    lost = (accident.restarted_at - accident.killed_at) / RATE
    take.name = f"{take.name}, one killed"
    take.story = (
        f"SIGKILL at {accident.killed_at / RATE:.2f} s; bypassed for {lost:.2f} s;"
        f" restart() took {accident.restart_seconds * 1e3:.0f} ms"
    )
    crash = Crash(part.name, accident.killed_at, accident.restarted_at, given, stages[place], take)
    crash.checks = [
        *check_audio(crash, undisturbed[place]),
        *check_booths(accident, [other for other in parts if other is not part], pids),
    ]
    return crash


def check_audio(crash: Crash, undisturbed: Audio) -> list[Check]:
    """What must hold of the killed plugin's output."""
    kill, restart = crash.killed_at, crash.restarted_at
    gone = slice(kill + CHUNK, restart)  # the chunk of the kill itself may be processed in part
    rest = slice(restart, None)
    return [
        Check(
            f"until the kill {crash.victim} played exactly as without it",
            np.array_equal(crash.after[:, :kill], undisturbed[:, :kill]),
        ),
        Check(
            "while it was dead the music went on, bypassed", np.array_equal(crash.after[:, gone], crash.before[:, gone])
        ),
        Check("after restart() the rest was processed", is_processed(crash.before[:, rest], crash.after[:, rest])),
        Check("every sample is a finite number", bool(np.isfinite(crash.take.audio).all())),
    ]


def is_processed(before: Audio, after: Audio) -> bool:
    """Did the plugin do something in every chunk that held sound?"""
    for start in range(0, before.shape[1], CHUNK):
        given, got = before[:, start : start + CHUNK], after[:, start : start + CHUNK]
        if np.abs(given).max() > 0.01 and (np.abs(got).max() == 0 or np.allclose(given, got, atol=1e-4)):
            return False
    return True


def check_booths(accident: Accident, others: list[Part], pids: list[int]) -> list[Check]:
    """What must hold of the processes."""
    part = accident.part
    part.plugin.refresh_values()  # what the plugin itself says, not what we remember
    kept = all(abs(part.plugin.parameters[name].value - value) < 1e-3 for name, value in part.settings.items())
    return [
        Check("the death was noticed and named: " + (accident.error or "it was not"), "SIGKILL" in accident.error),
        Check("restart() gave it a new process", part.plugin.is_alive and part.plugin.pid != accident.first_pid),
        Check(f"its {len(part.settings)} parameters are what they were set to", kept),
        Check(
            "the other plugins noticed nothing",
            all(other.plugin.is_alive for other in others) and [other.plugin.pid for other in others] == pids,
        ),
    ]

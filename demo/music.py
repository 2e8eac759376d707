"""A few seconds of music to play through plugins: four chords, a bass and a drum kit. The same samples at every run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 48000
"""Hz."""
TEMPO = 120.0
"""Beats per minute: a bar of four lasts two seconds."""
BAR_SECONDS = 4 * 60.0 / TEMPO
CHORDS = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67))
"""A minor, F, C, G as MIDI keys; a bar each."""
ORDER = (0, 2, 1, 3, 2, 1, 3, 2)
"""Which note of the chord each eighth of a bar plucks."""

Audio = npt.NDArray[np.float32]
"""Shape (channels, frames)."""
Voice = npt.NDArray[np.float64]


def make_music() -> Audio:
    """Return eight seconds in stereo, with a peak of 0.5."""
    rng = np.random.default_rng(1)
    frames = round(len(CHORDS) * BAR_SECONDS * RATE)
    left, right = np.zeros(frames), np.zeros(frames)
    for bar, chord in enumerate(CHORDS):
        start = bar * BAR_SECONDS
        for eighth, place in enumerate(ORDER):
            note = pluck(hertz(chord[place]), 1.2, rng)
            pan = 0.3 + 0.4 * (eighth % 2)
            add(left, note * 0.5 * (1 - pan), start + eighth * BAR_SECONDS / 8)
            add(right, note * 0.5 * pan, start + eighth * BAR_SECONDS / 8)
        for beat, length in ((0.0, 0.9), (2.5, 0.5)):
            note = fm(hertz(chord[0] - 12), length) * 0.22
            for channel in (left, right):
                add(channel, note, start + beat * 60 / TEMPO)
        for sound, beat in drum_pattern(rng):
            for channel in (left, right):
                add(channel, sound, start + beat * 60 / TEMPO)
    whole = np.stack([left, right])
    fade = np.minimum(1.0, np.arange(frames, 0, -1) / (0.05 * RATE))
    return np.ascontiguousarray(whole * fade * (0.5 / np.abs(whole).max()), np.float32)


def hertz(key: int) -> float:
    """Frequency of a MIDI key."""
    return float(440.0 * 2 ** ((key - 69) / 12))


def add(track: Voice, sound: Voice, seconds: float) -> None:
    """Mix a sound into a track; what reaches beyond the end is cut."""
    at = round(seconds * RATE)
    part = sound[: max(0, track.size - at)]
    track[at : at + part.size] += part


def pluck(frequency: float, seconds: float, rng: np.random.Generator) -> Voice:
    """A plucked string: noise goes round a delay line and loses its treble (Karplus and Strong, 1983)."""
    period = round(RATE / frequency)
    rounds = round(seconds * RATE / period)
    string = np.zeros((rounds, period))
    string[0] = rng.uniform(-1.0, 1.0, period)
    before_last = 0.0
    for row in range(1, rounds):
        last = string[row - 1]
        string[row] = 0.498 * (last + np.concatenate(([before_last], last[:-1])))
        before_last = last[-1]
    return string.ravel()


def fm(frequency: float, seconds: float) -> Voice:
    """A bass: one sine modulates the phase of another, less and less."""
    t = np.arange(round(seconds * RATE)) / RATE
    index = 2.5 * np.exp(-t * 6)
    envelope = np.minimum(1.0, t * 200) * np.exp(-t * 2.5) * np.minimum(1.0, (seconds - t) * 50)
    turn = 2 * np.pi * frequency * t
    return np.asarray(envelope * np.sin(turn + index * np.sin(turn)))


def drum_pattern(rng: np.random.Generator) -> list[tuple[Voice, float]]:
    """One bar: (sound, beat) of kick, snare and hi-hat."""
    pattern = [(kick(), 0.0), (kick(), 1.5), (kick(), 2.0), (snare(rng), 1.0), (snare(rng), 3.0)]
    return pattern + [(hat(rng), eighth / 2) for eighth in range(8)]


def kick() -> Voice:
    """A sine that falls from 150 to 50 Hz."""
    t = np.arange(round(0.25 * RATE)) / RATE
    turns = np.cumsum(50 + 100 * np.exp(-t * 30)) / RATE
    return np.asarray(0.8 * np.sin(2 * np.pi * turns) * np.exp(-t * 16))


def snare(rng: np.random.Generator) -> Voice:
    """Noise over a short tone."""
    t = np.arange(round(0.18 * RATE)) / RATE
    noise = rng.uniform(-1.0, 1.0, t.size)
    tone = np.sin(2 * np.pi * 190 * t)
    return np.asarray((0.35 * noise + 0.25 * tone) * np.exp(-t * 26))


def hat(rng: np.random.Generator) -> Voice:
    """Bright noise: each sample minus the one before."""
    t = np.arange(round(0.05 * RATE)) / RATE
    return np.asarray(0.09 * np.diff(rng.uniform(-1.0, 1.0, t.size + 1)) * np.exp(-t * 90))

"""Notes in, sound out; events through."""

import numpy as np
import pytest

from isobooth.client import Midi, NoteChoke, NoteOff, NoteOn

from .signals import noise
from .subjects import that_can

SILENT = 1e-4


def loudness(audio):
    return float(np.abs(audio).max())


@that_can("instrument")
def test_a_note_sounds_from_its_frame_on(subject, booth):
    plugin = booth(subject)
    assert loudness(plugin.process(frames=2048)) < SILENT
    out = plugin.process(frames=9600, events=[NoteOn(key=60, velocity=0.9, time=700)])
    assert loudness(out[:, :700]) < SILENT
    assert loudness(out[:, 700:]) > 0.001


@that_can("instrument")
def test_a_note_ends_some_time_after_it_is_released(subject, booth):
    plugin = booth(subject)
    held = plugin.process(frames=4800, events=[NoteOn(key=64, velocity=0.9)])
    plugin.process(frames=48000, events=[NoteOff(key=64)])
    for _ in range(30):
        rest = plugin.process(frames=48000)
        if loudness(rest) < 0.05 * loudness(held):
            break
    assert loudness(rest) < 0.05 * loudness(held)


@that_can("instrument")
def test_a_key_plays_its_pitch(subject, booth):
    """An octave is twice as fast, however the plugin sounds."""
    pitches = []
    for key in (48, 60):
        plugin = booth(subject)
        out = plugin.process(frames=48000, events=[NoteOn(key=key, velocity=0.8)])[0][4800:28800]
        spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out)), 1 << 17))
        product = spectrum[: len(spectrum) // 4].copy()
        for times in (2, 3):
            product *= spectrum[::times][: len(product)]
        pitches.append(float(product[200:].argmax() + 200))
    assert pitches[1] / pitches[0] == pytest.approx(2.0, rel=0.03)


@that_can("instrument", "repeatable")
def test_notes_and_midi_bytes_are_the_same_notes(subject, booth):
    one, two = booth(subject), booth(subject)
    notes = [NoteOn(key=57, velocity=100 / 127, time=5), NoteOff(key=57, velocity=64 / 127, time=4000)]
    midi = [Midi(data=bytes([0x90, 57, 100]), time=5), Midi(data=bytes([0x80, 57, 64]), time=4000)]
    assert one.process(frames=8000, events=notes).tobytes() == two.process(frames=8000, events=midi).tobytes()


@that_can("typical", "instrument")
def test_too_many_and_nonsensical_notes_are_survived(subject, booth):
    plugin = booth(subject)
    events = [NoteOn(key=key, velocity=1.0, time=key) for key in range(128)]
    events += [NoteOff(key=5, time=300)] * 3 + [NoteChoke(key=7, time=301), NoteOff(key=100, time=302)]
    assert np.isfinite(plugin.process(frames=2000, events=events)).all()
    plugin.reset()
    assert plugin.is_alive


@that_can("instrument", "resets")
def test_a_reset_silences_it(subject, booth):
    plugin = booth(subject)
    plugin.process(frames=4800, events=[NoteOn(key=60)])
    plugin.reset()
    plugin.process(frames=512)
    assert loudness(plugin.process(frames=4800)) < SILENT


@that_can("through")
def test_events_come_out_as_they_went_in(subject, booth):
    plugin = booth(subject)
    events = [
        NoteOn(key=60, velocity=0.5, time=0, note_id=7),
        Midi(data=bytes([0xB0, 1, 99]), time=3, port=1),
        NoteOff(key=60, velocity=0.25, time=500, note_id=7),
    ]
    plugin.process(noise(plugin, 600), events=events)
    assert plugin.take_events() == events

"""Audio at every usual rate and block length: sound where there should be sound, the same as of a direct call."""

import numpy as np

from isobooth.client import NoteOff, NoteOn
from isobooth.host.registry import SUPPORTED

from .direct import BLOCKS, DIRECT_FORMATS, play_directly
from .signals import noise, play
from .subjects import SUBJECTS, that_can

RATES = (8000.0, 44100.0, 44100.5, 48000.0, 96000.0, 192000.0)
UNSTABLE = {("ZamDelay", 8000.0), ("MVerb", 8000.0)}
"""Filters that blow up where their corner lies above half the sample rate."""
SIZES = (1, 3, 64, 127, 512, 1000, 8192)


def check_sound(subject, plugin, out, frames):
    assert out.shape == (plugin.descriptor.channels("output"), frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all() or (plugin.name, plugin.sample_rate) in UNSTABLE
    if subject.can & {"effect", "instrument"}:
        assert (out != 0).any()


@that_can()
def test_every_sample_rate(subject, booth):
    for rate in RATES:
        with subject.load(sample_rate=rate) as plugin:
            assert plugin.sample_rate == rate
            frames = max(plugin.latency + 512, 4096 if "instrument" in subject.can else 1024)
            check_sound(subject, plugin, play(plugin, frames), frames)


@that_can()
def test_every_block_size(subject, booth):
    for size in SIZES:
        with subject.load(block_size=size) as plugin:
            assert plugin.block_size == size
            frames = max(2 * size + 1, plugin.latency + 512, 2400)
            check_sound(subject, plugin, play(plugin, frames), frames)


@that_can("effect", "linear")
def test_what_block_size_makes_no_difference(subject, booth):
    """For these plugins the blocks say nothing: each length gives the same samples."""
    if subject.format in {"clap", "lv2", "vst2", "vst3"} and "automation" not in subject.can:
        return  # DPF's smooth their parameters block by block
    frames = 3000
    with subject.load(block_size=frames) as plugin:
        expected = play(plugin, frames)
    for size in SIZES:
        with subject.load(block_size=size) as plugin:
            assert play(plugin, frames).tobytes() == expected.tobytes(), size


def in_blocks(plugin, audio, frames, notes):
    """Play with one call for each block. Notes are (frame, 0 for on or 1 for off, key, velocity)."""
    parts, begin = [], 0
    while begin < frames:
        end = min(begin + BLOCKS[len(parts) % len(BLOCKS)], frames)
        events = [
            (NoteOff if kind else NoteOn)(key=key, velocity=velocity, time=time - begin)
            for time, kind, key, velocity in notes
            if begin <= time < end
        ]
        chunk, length = (audio[:, begin:end], None) if len(audio) else (None, end - begin)
        parts.append(plugin.process(chunk, frames=length, events=events, outputs="all"))
        begin = end
    return np.concatenate(parts, axis=1)


@that_can("repeatable")
def test_bit_identical_to_a_direct_call(subject, booth, tmp_path):
    compare_with_direct_call(subject, 48000.0, booth, tmp_path)


@that_can("typical", "repeatable")
def test_bit_identical_at_an_odd_rate(subject, booth, tmp_path):
    compare_with_direct_call(subject, 44100.5, booth, tmp_path)


def compare_with_direct_call(subject, rate, booth, tmp_path):
    """The same blocks of odd lengths here and there."""
    if subject.format not in DIRECT_FORMATS:
        return  # nothing but this host can play it
    plugin = booth(subject, as_set=False, sample_rate=rate, block_size=max(BLOCKS))
    wanted = {}
    for key, value in subject.settings.items() if "exact" in subject.can else ():  # others are known by their text only
        plugin.parameters[key] = value
        wanted[plugin.parameters[key].id] = value
    frames = 4 * sum(BLOCKS[:-1])
    audio = noise(plugin, frames, everywhere=True)
    notes = [(100, 0, 60, 0.75), (2000, 1, 60, 0.5)] if "instrument" in subject.can else []
    with plugin.piece():  # a restart that it asks for waits, as it does for the direct caller
        ours = in_blocks(plugin, audio, frames, notes)
    theirs = play_directly(subject, plugin, rate, audio, wanted, notes, tmp_path)
    differs = (ours != theirs["audio"]).any(axis=0)
    assert ours.tobytes() == theirs["audio"].tobytes(), f"from frame {int(differs.argmax())} on"
    assert plugin.latency == theirs.get("latency", plugin.latency)


def test_every_format_of_this_host_takes_part():
    in_webassembly = {"wclap"}  # CLAP's own tests are run on it, in test_wclap_as_clap.py
    assert set(SUPPORTED) - in_webassembly <= {subject.format for subject in SUBJECTS}

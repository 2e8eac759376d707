"""A million blocks: each comes back once, in its place, with its own events. Its content says which one it is."""

import random

import numpy as np
import pytest

from isobooth.client import BlockStatus, NoteOn, load


def ramp(start, frames):
    """Frames that count: 24 bits in each channel name the frame."""
    count = np.arange(start, start + frames, dtype=np.int64)
    return np.stack([count & 0xFFFFFF, count >> 24]).astype(np.float32)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_million_blocks_in_arrays_cut_at_random():
    chance = random.Random(1)
    numbers = np.random.default_rng(1)
    at = event = 0
    with load("null:", block_size=16, slots=7, event_bytes=256) as plugin:
        while plugin.stats.blocks < 600_000:
            frames = chance.choice([1, 5, 16, 17, 100, 5000, 60_000])
            audio = ramp(at, frames)
            times = np.sort(numbers.integers(0, frames, chance.choice([0, 0, 1, 40])))
            sent = [NoteOn((event + i) % 128, note_id=event + i, time=int(time)) for i, time in enumerate(times)]
            wet = plugin.process(audio, events=sent) if sent else plugin.process(audio)
            assert np.array_equal(wet, audio)
            assert plugin.take_events() == sent
            at += frames
            event += len(sent)
        assert plugin.stats.late == plugin.stats.dropped == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_and_as_many_by_hand_with_random_lengths():
    chance = random.Random(2)
    block = 32
    with load("null:", block_size=block, slots=9, event_bytes=512) as plugin:
        flying = []
        sequence = 0
        channel = np.arange(block, dtype=np.float32)
        while sequence < 400_000 or flying:
            if sequence < 400_000 and len(flying) < 9 and chance.random() < 0.6:
                sequence += 1
                frames = 1 + chance.randrange(block)
                source = plugin.input
                source[0, :frames] = sequence & 0xFFFFFF
                source[1, :frames] = channel[:frames]
                events = [NoteOn(sequence % 128, note_id=sequence, time=frames - 1)] if sequence % 16 == 0 else None
                assert plugin.submit(frames, events=events) == sequence
                flying.append((sequence, frames, events))
            elif flying:
                number, frames, events = flying.pop(0)
                assert plugin.wait() is BlockStatus.OK
                wet = plugin.output
                assert wet[0, 0] == wet[0, frames - 1] == number
                assert wet[1, frames - 1] == frames - 1
                if events:
                    assert plugin.take_events() == events
        assert plugin.take_events() == []
        assert plugin.stats.blocks == 400_000
        assert plugin.stats.late == plugin.stats.dropped == 0

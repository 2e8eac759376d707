"""Latency, bypass and the song's tempo."""

import numpy as np
import pytest

from isobooth.client import Chain, Transport
from tests.support import until

from .signals import noise, play
from .subjects import that_can


def knowing(plugin):
    """The plugin, once it has found out its latency: some do when they run."""

    def known():
        plugin.process(frames=4800)
        return plugin.latency > 0

    assert until(known)
    return plugin


@that_can("latency")
def test_an_impulse_comes_out_where_it_went_in(subject, booth):
    """``process`` is late by what the plugin says, ``render`` is not late at all."""
    plugin = knowing(booth(subject))
    audio = np.zeros((noise(plugin, 1).shape[0], 24000), np.float32)
    audio[:, 9000] = 0.25
    rendered = plugin.render(audio)
    assert rendered.shape[1] == audio.shape[1]
    assert int(np.abs(rendered[0]).argmax()) == 9000
    plugin.reset()
    streamed = plugin.process(audio)
    assert int(np.abs(streamed[0]).argmax()) == 9000 + plugin.latency


@that_can("latency")
def test_a_chain_adds_latencies_up(subject, booth):
    one, two = knowing(booth(subject)), knowing(booth(subject))
    audio = np.zeros((noise(one, 1).shape[0], 24000), np.float32)
    audio[:, 9000] = 0.25
    with Chain([one, two]) as chain:
        assert chain.latency == one.latency + two.latency
        rendered = chain.render(audio)
    assert int(np.abs(rendered[0]).argmax()) == 9000


@that_can("bypass")
def test_its_own_bypass_lets_the_sound_through(subject, booth):
    plugin = booth(subject)
    bypass = next(p for p in plugin.parameters.values() if p.info.is_bypass)
    low, high = bypass.range
    audio = noise(plugin, 9600)
    bypass.value = low
    plugin.process(audio)
    on = plugin.process(audio)
    bypass.value = high
    plugin.process(noise(plugin, 48000))  # some fade
    plugin.reset()
    off = plugin.process(audio)
    late = plugin.latency
    assert on.tobytes() != off.tobytes()
    expected = np.resize(audio, off.shape) if audio.shape != off.shape else audio
    assert off[:, late:] == pytest.approx(expected[:, : audio.shape[1] - late], abs=1e-6)


@that_can("transport")
def test_the_tempo_reaches_it(subject, booth):
    outputs = []
    for tempo in (60.0, 137.0, 137.0):
        plugin = booth(subject)
        audio = np.zeros((noise(plugin, 1).shape[0], 96000), np.float32)
        audio[:, 100] = 0.5
        outputs.append(plugin.process(audio, transport=Transport(tempo=tempo, position_samples=0)))
    assert outputs[0].tobytes() != outputs[1].tobytes()
    assert outputs[1].tobytes() == outputs[2].tobytes()


@that_can("typical")
def test_any_transport_is_survived(subject, booth):
    """Jumps, loops, odd signatures, a song that stands still: the sound goes on."""
    plugin = booth(subject)
    for transport in (
        Transport(playing=False, position_samples=0),
        Transport(position_samples=123456789012, tempo=999.0, signature=(7, 8)),
        Transport(position_beats=-4.0, pre_roll=True, tempo=20.0),
        Transport(looping=True, loop_start_beats=0.0, loop_end_beats=0.01, position_beats=0.0, recording=True),
        Transport(tempo=120.0, tempo_ramp=0.001),
    ):
        assert np.isfinite(play(plugin, 1500, transport=transport)).all()

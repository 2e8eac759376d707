"""More than one bus: side chains, several outputs."""

import numpy as np

from .signals import noise
from .subjects import that_can


@that_can("sidechain")
def test_the_side_chain_is_heard(subject, booth):
    """The main input alone, with a silent side chain, and with a loud one."""
    plugin = booth(subject)
    buses = [bus for bus in plugin.buses if bus.direction == "input"]
    assert [bus.is_main for bus in buses][:2] == [True, False]
    main = noise(plugin, 24000)
    rest = sum(bus.channels for bus in buses[1:])
    silent = np.vstack([main, np.zeros((rest, 24000), np.float32)])
    time = np.arange(24000) / 48000
    tone = (0.9 * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    loud = np.vstack([main, np.repeat(tone[np.newaxis], rest, axis=0)])
    outputs = [booth(subject).process(audio) for audio in (main, silent, loud)]
    if "repeatable" in subject.can:
        assert outputs[0].tobytes() == outputs[1].tobytes()
    assert outputs[1].tobytes() != outputs[2].tobytes()
    assert np.isfinite(outputs[2]).all()


@that_can("buses")
def test_each_output_bus_has_its_own_signal(subject, booth):
    plugin = booth(subject)
    buses = [bus for bus in plugin.buses if bus.direction == "output"]
    assert len(buses) >= 8
    out = plugin.process(noise(plugin, 24000), outputs="all")
    assert out.shape[0] == sum(bus.channels for bus in buses)
    first, heard = 0, set()
    for bus in buses:
        signal = out[first : first + bus.channels]
        first += bus.channels
        if (signal != 0).any():
            heard.add(signal.tobytes())
    assert len(heard) >= 2
    main = plugin.process(noise(plugin, 256))
    assert main.shape[0] == buses[0].channels


@that_can("typical")
def test_what_does_not_come_from_the_caller_is_silence(subject, booth):
    """No audio given is silence on every input bus, also after noise."""
    one, two = booth(subject), booth(subject)
    channels = one.descriptor.channels("input")
    if not channels or "repeatable" not in subject.can:
        return
    for plugin in (one, two):
        plugin.process(noise(plugin, 1024, everywhere=True))
    silence = np.zeros((channels, 1024), np.float32)
    assert one.process(frames=1024, outputs="all").tobytes() == two.process(silence, outputs="all").tobytes()


@that_can("typical", "effect")
def test_bytes_of_the_input_stay_as_they_are(subject, booth):
    plugin = booth(subject)
    audio = noise(plugin, 2000, everywhere=True)
    before = audio.tobytes()
    plugin.process(audio)
    assert audio.tobytes() == before

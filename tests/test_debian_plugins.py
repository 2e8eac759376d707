"""All of Debian's zam and Dragonfly plugins, as CLAP and as VST3; and what Steinberg's host checker says of us."""

import numpy as np
import pytest

from isobooth.client import NoteOff, NoteOn, ParamValue, Transport, load
from tests.support import hosting, newer_plugin, real_plugin, until

pytestmark = pytest.mark.real_plugin

ZAM = [
    *("ZaMaximX2", "ZaMultiComp", "ZaMultiCompX2", "ZamAutoSat", "ZamComp", "ZamCompX2", "ZamDelay", "ZamDynamicEQ"),
    *("ZamEQ2", "ZamGEQ31", "ZamGate", "ZamGateX2", "ZamGrains", "ZamHeadX2", "ZamPhono", "ZamTube", "ZamVerb"),
]
DRAGONFLY = ["DragonflyEarlyReflections", "DragonflyHallReverb", "DragonflyPlateReverb", "DragonflyRoomReverb"]
SHAPES = {"low_shelf", "peak", "high_shelf"}
"""Of ZamDynamicEQ, whose processor keeps one of them on whatever its controller says."""
RATE, FRAMES = 48000, 9600


def music(plugin, seed=3):
    channels = sum(bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main)
    return np.random.default_rng(seed).uniform(-0.4, 0.4, (channels, FRAMES)).astype(np.float32)


def own(plugin):
    """Parameters of the plugin's own: DPF's VST3s have more, for what VST3 has no other way."""
    extra = {"buffer_size", "sample_rate", "current_program"}
    return {name: p for name, p in plugin.parameters.items() if not (p.is_output or p.info.is_hidden or name in extra)}


def some_values(plugin, seed=11):
    """A value well inside its range for each."""
    noise = np.random.default_rng(seed)
    found = {}
    for name, parameter in sorted(own(plugin).items()):
        low, high = parameter.range
        value = low + float(noise.uniform(0.3, 0.7)) * (high - low)
        info = parameter.info
        found[name] = float(round(value)) if info.is_integer or info.is_toggled or info.is_enumeration else value
    return found


@pytest.mark.parametrize("form", ["clap", "vst3"])
@pytest.mark.parametrize("name", [*ZAM, *DRAGONFLY])
def test_it_loads_plays_saves_and_restores(name, form):
    path = real_plugin(f"{name}.{form}")
    with load(path, sample_rate=RATE) as one, load(path, sample_rate=RATE) as two:
        assert one.format == form
        for key, value in some_values(one).items():
            one.parameters[key] = value
        first = one.process(music(one))
        assert first.shape[1] == FRAMES
        assert np.isfinite(first).all()
        assert (first != 0).any()
        two.state = one.state
        for plugin in (one, two):
            plugin.refresh_values()
        for key, parameter in own(one).items():
            if key in SHAPES:
                continue
            span = parameter.range[1] - parameter.range[0]
            assert two.parameters[key].value == pytest.approx(parameter.value, abs=2e-6 * max(span, 1.0)), key
        second = two.process(music(two))
        assert np.isfinite(second).all()
        assert (second != 0).any()


@pytest.mark.parametrize("name", ZAM)
def test_clap_and_vst3_give_the_same_samples(name):
    with load(real_plugin(f"{name}.clap"), sample_rate=RATE) as clap:
        vst3_path = real_plugin(f"{name}.vst3")
        with load(vst3_path, sample_rate=RATE) as vst3:
            assert sorted(own(clap)) == sorted(own(vst3))
            for key, parameter in own(clap).items():
                other = vst3.parameters[key]
                assert other.range == pytest.approx(parameter.range, rel=1e-6), key
                assert other.default == pytest.approx(parameter.default, rel=1e-5, abs=1e-5), key
            values = some_values(clap)
            outputs = []
            for plugin in (clap, vst3):
                for key, value in values.items():
                    plugin.parameters[key] = value
                outputs.append(plugin.render(music(plugin)))
            loudest = max(1.0, float(np.abs(outputs[0]).max()))
            assert outputs[1] == pytest.approx(outputs[0], abs=1e-6 * loudest)
            assert clap.latency == vst3.latency


def test_what_is_odd_stands_in_the_log():
    with load(real_plugin("ZamComp.vst3"), inputs=5) as plugin:
        assert until(lambda: "[warning] its bus" in str(plugin.log))
        assert "refused to have 5" in str(plugin.log)


def test_a_bypass_that_is_automated_takes_effect_at_its_frame():
    """The example draws straight lines between points, and looks every 16 frames at where they are 16 frames on."""
    with hosting(newer_plugin("again-sampleaccurate.vst3")) as path:
        plugin = load(f"{path}#C18D3C1E719E4E29924D3ECAA5E4DA18", sample_rate=RATE, block_size=512)
    with plugin:
        plugin.parameters["gain"].value = 0.0
        plugin.bypass = True
        ones = np.ones((2, 512), np.float32)
        plugin.process(ones)
        number = plugin.parameters["bypass"].id
        output = plugin.process(ones, events=[ParamValue(number, 0.0, time=304)])
        assert (output[:, :288] == 1).all()
        assert not output[:, 304:].any()


# -- the host checker -------------------------------------------------------------------------------------------------

MASKS = range(1024, 1032)
BITS = 24
FAULTS = {*range(16), *range(20, 88), 101, 151, *range(164, 169)} - {39}
"""Numbers of its remarks that are errors or warnings; 39 and the others only say what the host did or can do."""
SEEN = {
    88: "set active",
    106: "offline",
    107: "real time",
    109: "playing",
    113: "continuous time",
    117: "tempo",
    118: "signature",
    125: "latency asked for",
    130: "flush",
    131: "silent input",
    132: "silent side chain",
}
"""Remarks that this host earns."""


class Verdicts:
    """What the checker has written into its output parameters, over the whole life of a plugin."""

    def __init__(self, plugin):
        self.plugin = plugin
        self.found = set()

    def look(self):
        """Take what it says now."""
        for place, number in enumerate(MASKS):
            parameter = self.plugin.parameters.find(number)
            mask = round(parameter.value * (1 << BITS))
            self.found |= {place * BITS + bit for bit in range(BITS) if mask >> bit & 1}


def treat(plugin, verdicts):
    """What a song does to a plugin."""
    audio = music(plugin)
    settable = [p for p in own(plugin).values() if not p.info.is_bypass]
    for length in (1, 17, 512, 513, FRAMES):
        plugin.process(audio[:, :length], transport=Transport(tempo=100.0, position_samples=1000))
        verdicts.look()
    notes = [NoteOn(key=60, velocity=0.5, time=3), NoteOff(key=60, time=2000), NoteOn(key=72, time=2000)]
    plugin.process(audio, events=notes)
    plugin.process(audio, events=[NoteOff(key=72, time=10)])
    verdicts.look()
    for parameter in settable[:4]:
        low, high = parameter.range
        changes = [ParamValue(parameter.id, low + part * (high - low), time=int(900 * part)) for part in (0, 0.5, 1)]
        plugin.process(audio, events=changes)
        parameter.value = parameter.default
        plugin.flush()
        verdicts.look()
    plugin.state = plugin.state
    plugin.reset()
    plugin.process(frames=FRAMES)
    verdicts.look()
    plugin.process(audio, transport=Transport(playing=False, position_samples=0))
    plugin.set_offline(True)
    plugin.render(audio)
    verdicts.look()


def test_the_host_checker_finds_nothing_wrong():
    with hosting(newer_plugin("hostchecker.vst3")) as path, load(path, sample_rate=RATE) as plugin:
        verdicts = Verdicts(plugin)
        treat(plugin, verdicts)
        plugin.restart()
        treat(plugin, verdicts)
        assert FAULTS & verdicts.found == set(), sorted(verdicts.found)
        assert {number: SEEN[number] for number in SEEN.keys() - verdicts.found} == {}
        assert [line for line in plugin.log if "thread" in line.lower()] == []

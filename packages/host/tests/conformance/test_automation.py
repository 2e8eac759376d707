"""Changes in the middle of a block."""

import numpy as np

from isobooth.client import ParamValue

from .signals import noise, settable
from .subjects import that_can

AT = 200
BLOCK = 512


def a_change(subject, plugin):
    """A parameter that can be heard, and a value for it."""
    if subject.change:
        parameter = plugin.parameters[subject.change]
    else:
        parameter = next(p for p in settable(plugin) if not (p.info.is_toggled or p.info.is_bypass))
    low, high = parameter.range
    target = low + 0.7 * (min(high, 1e3) - low)
    target = float(round(target)) if parameter.info.is_integer else target
    return parameter.id, target if target != parameter.value else low


@that_can("automation")
def test_a_change_takes_effect_at_its_frame(subject, booth):
    """One block with a change inside is two blocks with the change between them."""
    one, two = booth(subject), booth(subject)
    number, value = a_change(subject, one)
    audio = noise(one, 2 * BLOCK)
    before = audio[:, :BLOCK]
    assert one.process(before).tobytes() == two.process(before).tobytes()
    whole = one.process(audio[:, BLOCK:], events=[ParamValue(number, value, time=AT)])
    first = two.process(audio[:, BLOCK : BLOCK + AT])
    second = two.process(audio[:, BLOCK + AT :], events=[ParamValue(number, value)])
    plain = booth(subject)
    plain.process(before)
    unchanged = plain.process(audio[:, BLOCK:])
    edge = AT - subject.early
    assert (unchanged[:, :edge] == whole[:, :edge]).all()
    assert (unchanged[:, edge:] != whole[:, edge:]).any()
    if not subject.early:
        assert whole.tobytes() == np.concatenate([first, second], axis=1).tobytes()


@that_can("automation")
def test_changes_at_the_edges_of_blocks(subject, booth):
    """However the frames are cut into blocks, the same changes give the same audio."""
    if subject.early:
        return  # what is early at the start of a block is not
    frames = 4 * 64
    outputs = []
    for size in (frames, 64, 50):
        plugin = booth(subject, block_size=size)
        number, value = a_change(subject, plugin)
        default = plugin.parameters[number].default
        times = (0, 63, 64, 65, 127, 128, frames - 1)
        events = [ParamValue(number, value if i % 2 == 0 else default, time=t) for i, t in enumerate(times)]
        outputs.append(plugin.process(noise(plugin, frames), events=events).tobytes())
    assert outputs[0] == outputs[1] == outputs[2]


@that_can("typical", "parameters")
def test_the_last_of_many_changes_counts(subject, booth):
    plugin = booth(subject, as_set=False)
    number, value = a_change(subject, plugin)
    parameter = plugin.parameters[number]
    middle = [parameter.range[0], parameter.range[1]] * 20
    events = [ParamValue(number, v, time=min(10 * i, 500)) for i, v in enumerate(middle)]
    audio = noise(plugin, BLOCK)
    events.append(ParamValue(number, value, time=BLOCK - 1))
    plugin.process(audio if len(audio) else None, frames=None if len(audio) else BLOCK, events=events)
    plugin.process(audio if len(audio) else None, frames=None if len(audio) else BLOCK)
    plugin.refresh_values()
    if "exact" in subject.can:
        assert abs(parameter.value - value) <= 1e-5 * max(1.0, abs(value), *map(abs, parameter.range))

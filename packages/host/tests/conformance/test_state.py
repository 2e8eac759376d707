"""Save, restore, refuse."""

import contextlib
import pickle

import pytest

from isobooth.client import StateError

from .signals import play, settable
from .subjects import that_can
from .test_parameters import near, values_of


def change_everything(plugin):
    for place, parameter in enumerate(settable(plugin)[:200]):
        values = values_of(parameter.info)
        if not parameter.info.is_bypass:
            parameter.value = values[(place + 1) % len(values)]


@that_can("state")
def test_a_fresh_instance_becomes_the_same(subject, booth):
    one, two, three = (booth(subject, as_set=False) for _ in range(3))
    change_everything(one)
    play(one, 1200)
    state = one.state
    assert state or not one.parameters
    two.state = state
    three.state = state
    for plugin in (one, two):
        plugin.refresh_values()
    for parameter in settable(one) if "exact" in subject.can else ():
        assert two.parameters[parameter.id].value == near(parameter.info, parameter.value), parameter
    if "repeatable" in subject.can:
        assert play(two).tobytes() == play(three).tobytes()


@that_can("state", "repeatable", "linear")
def test_a_restored_instance_sounds_like_the_one_that_was_saved(subject, booth):
    one, two = booth(subject, as_set=False), booth(subject, as_set=False)
    change_everything(one)
    for plugin in (one, two):
        play(plugin, 64)  # DPF's VST3s only take in what comes with frames
    two.state = one.state
    assert two.state == one.state
    for plugin in (one, two):
        play(plugin, 48000)  # whatever glides has arrived
        plugin.reset()
    assert play(one).tobytes() == play(two).tobytes()


@that_can("state")
def test_saving_changes_nothing_and_gives_the_same_each_time(subject, booth):
    one, two = booth(subject), booth(subject)
    first = [play(plugin, 1000) for plugin in (one, two)]
    assert one.state == one.state
    rest = [play(plugin, 1000, seed=6) for plugin in (one, two)]
    if "repeatable" in subject.can:
        assert first[0].tobytes() == first[1].tobytes()
        assert rest[0].tobytes() == rest[1].tobytes()


@that_can("typical", "state")
def test_bytes_that_are_no_state_do_no_harm(subject, booth):
    plugin = booth(subject)
    good = plugin.state
    for bad in (b"", b"\0" * 100, b"no state of anyone's", bytes(range(256)) * 50, good[: len(good) // 2]):
        with contextlib.suppress(StateError):  # whether it takes them is the plugin's own business
            plugin.state = bad
        assert plugin.is_alive
    plugin.state = good
    assert play(plugin, 600).shape[1] == 600


@that_can("typical", "state", "parameters")
def test_a_copy_and_a_restarted_one_have_the_state(subject, booth):
    plugin = booth(subject, as_set=False)
    change_everything(plugin)
    play(plugin, 600)
    with subject.hosting(), pickle.loads(pickle.dumps(plugin)) as copy:
        plugin.restart()
        for again in (plugin, copy):
            again.refresh_values()
        for parameter in settable(plugin):
            assert copy.parameters[parameter.id].value == near(parameter.info, parameter.value), parameter
    assert play(plugin, 600).shape[1] == 600


@that_can("typical", "state")
def test_a_state_is_bytes(subject, booth):
    with pytest.raises(StateError):
        booth(subject).state = "text"

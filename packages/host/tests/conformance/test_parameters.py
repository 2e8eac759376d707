"""Every parameter: set, read back, written as text, read from text."""

import math

import pytest

from isobooth.client import ParameterError, ParamValue

from .signals import play, settable
from .subjects import that_can

MOST = 80
"""Parameters of one plugin that are looked at."""


def values_of(info):
    """The ends and three values in between that the parameter can have."""
    found = {info.minimum, info.maximum, info.default}
    for part in (0.25, 0.6):
        value = info.minimum + part * (info.maximum - info.minimum)
        found.add(float(round(value)) if info.is_integer or info.is_toggled or info.is_enumeration else value)
    return sorted(found)


def near(info, value):
    """As exactly as 32-bit floats, in which most plugins keep their values, can tell."""
    span = max(abs(info.minimum), abs(info.maximum), info.maximum - info.minimum)
    return pytest.approx(value, abs=max(span, 1e-9) * 2e-6, rel=1e-6)


@that_can("parameters")
def test_what_is_set_is_what_is_read(subject, booth):
    plugin = booth(subject, as_set=False)
    for place in range(5):
        wanted = {}
        for parameter in settable(plugin)[:MOST]:
            values = values_of(parameter.info)
            wanted[parameter.id] = values[place % len(values)]
            if not parameter.info.is_bypass:
                parameter.value = wanted[parameter.id]
        play(plugin, 600)
        plugin.refresh_values()
        for parameter in settable(plugin)[:MOST]:
            if parameter.info.is_bypass:
                continue
            if "exact" in subject.can:
                assert parameter.value == near(parameter.info, wanted[parameter.id]), parameter
            low, high = parameter.range
            assert parameter.value == near(parameter.info, min(max(parameter.value, low), high)), parameter


@that_can("parameters")
def test_text_is_read_back_as_it_was_written(subject, booth):
    plugin = booth(subject, as_set=False)
    read = 0
    for parameter in settable(plugin)[:MOST]:
        info = parameter.info
        for value in values_of(info):
            text = parameter.text_of(value)
            assert text.strip(), (parameter, value)
            try:
                found = plugin._values.parameter_from_text(parameter.id, text)
            except ParameterError:  # not every plugin can read what it writes
                continue
            read += 1
            assert math.isfinite(found)
            assert found == near(info, min(max(found, info.minimum), info.maximum))
            if parameter.text_of(found) != text:  # the last digit may go either way
                assert found == near(info, value), (parameter, value, found)
    assert read


@that_can("typical", "parameters")
def test_the_text_of_a_parameter_follows_its_value(subject, booth):
    plugin = booth(subject, as_set=False)
    parameter = next(p for p in settable(plugin) if not p.info.is_bypass)
    for value in (parameter.range[0], parameter.range[1]):
        parameter.value = value
        assert parameter.text == parameter.text_of(value)
        assert parameter.value == value


@that_can("typical", "parameters")
def test_values_out_of_range_and_unknown_ids_are_refused(subject, booth):
    plugin = booth(subject, as_set=False)
    parameter = settable(plugin)[0]
    before = parameter.value
    for value in (parameter.range[1] + 1, parameter.range[0] - 1, math.nan, "x"):
        with pytest.raises(ParameterError):
            parameter.value = value
    assert parameter.value == before
    unknown = max(p.id for p in plugin.parameters.values()) + 12345
    with pytest.raises(ParameterError):
        plugin._values.parameter_text(unknown, 0.0)
    play(plugin, 600)


@that_can("parameters")
def test_a_change_is_heard_as_an_event_and_as_an_assignment(subject, booth):
    """The two ways bring the plugin to the same values."""
    one, two = booth(subject, as_set=False), booth(subject, as_set=False)
    chosen = [p for p in settable(one)[:MOST] if not p.info.is_bypass]
    wanted = {p.id: values_of(p.info)[1] for p in chosen}
    for number, value in wanted.items():
        one.parameters[number] = value
    events = [ParamValue(number, value) for number, value in wanted.items()]
    first, second = play(one, 2400), play(two, 2400, **({"events": events} if "instrument" not in subject.can else {}))
    for plugin in (one, two):
        plugin.refresh_values()
    if "instrument" in subject.can:
        return
    assert [p.value for p in settable(one)] == [p.value for p in settable(two)]
    if "repeatable" in subject.can:
        assert first.tobytes() == second.tobytes()

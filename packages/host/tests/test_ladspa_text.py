import locale
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isobooth.host.formats.port_texts import number_text, text_value, unit_of, value_text
from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.errors import ParameterError


def param(**more):
    return ParameterInfo(id=3, name="Drive", **({"minimum": -100.0, "maximum": 20000.0} | more))


HZ, MS, DB = param(unit="Hz"), param(unit="ms"), param(unit="dB")
WHOLE = param(is_integer=True, minimum=0.0, maximum=7.0, steps=8)
SWITCH = param(is_toggled=True, minimum=0.0, maximum=1.0, steps=2)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Threshold level (dB)", "dB"),
        ("Cutoff [Hz] ", "Hz"),
        ("Time (seconds)", "seconds"),
        ("Mix (%)", "%"),
        ("Phase (\N{DEGREE SIGN})", "\N{DEGREE SIGN}"),
        ("Gain (L)", ""),
        ("Mode (0 = off, 1 = on)", ""),
        ("(Hz) at the front", ""),
        ("Hz", ""),
        ("", ""),
    ],
)
def test_units_in_names(name, unit):
    assert unit_of(name) == unit


def test_values_as_text():
    assert value_text(DB, -20.0) == "-20 dB"
    assert value_text(DB, -19.999999523162842) == "-20 dB"
    assert value_text(HZ, 12345678.0) == "12345678 Hz"
    assert value_text(param(), 0.1) == "0.1"
    assert value_text(param(), -0.0) == "0"
    assert value_text(WHOLE, 2.9999) == "3"
    assert [value_text(SWITCH, v) for v in (-1.0, 0.0, 0.5, 1.0)] == ["off", "off", "on", "on"]
    assert value_text(HZ, math.nan) == "nan"


@pytest.mark.parametrize(
    ("info", "text", "value"),
    [
        (DB, "-20 dB", -20.0),
        (DB, " -20db ", -20.0),
        (DB, "-2e1", -20.0),
        (DB, ".5", 0.5),
        (HZ, "1.5 kHz", 1500.0),
        (MS, "0.25 s", 250.0),
        (param(unit="s"), "250 milliseconds", 0.25),
        (WHOLE, "4", 4.0),
        (WHOLE, "3.6", 4.0),
        (WHOLE, "on", 1.0),
        (SWITCH, "On", 1.0),
        (SWITCH, "false", 0.0),
        (SWITCH, "1", 1.0),
    ],
)
def test_text_as_values(info, text, value):
    assert text_value(info, text) == value


@pytest.mark.parametrize(
    ("info", "text", "reason"),
    [
        (DB, "", "not a number"),
        (DB, "loud", "not a number"),
        (DB, "0,5", "comma"),
        (DB, "nan", "not a number"),
        (DB, "inf", "not a number"),
        (DB, "1_0", "its unit is dB"),
        (DB, "\N{ARABIC-INDIC DIGIT FIVE}", "not a number"),
        (DB, "3 Hz", "its unit is dB"),
        (param(), "3 Hz", "it has no unit"),
        (DB, "1e999", "outside"),
        (DB, "30000", "outside its range"),
        (DB, "on", "not a number"),
        (SWITCH, "0.5", "switch"),
        (WHOLE, "8", "0 to 7"),
        (DB, "x" * 10000, "not a number"),
    ],
)
def test_text_that_is_no_value(info, text, reason):
    with pytest.raises(ParameterError) as caught:
        text_value(info, text)
    assert reason in str(caught.value)
    assert "'Drive'" in str(caught.value)
    assert len(str(caught.value)) < 300


@given(st.floats(-100, 20000, width=32))
def test_text_and_back(value):
    for info in (HZ, param()):
        assert text_value(info, value_text(info, value)) == pytest.approx(value, rel=1e-6, abs=1e-30)


def test_the_text_of_a_bound_is_the_bound():
    info = param(maximum=0.12345678912345, minimum=-0.3333333333333333)
    assert text_value(info, number_text(info.maximum)) == info.maximum
    assert text_value(info, number_text(info.minimum)) == info.minimum


def test_the_locale_has_no_say():
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        try:
            assert value_text(DB, -20.5) == "-20.5 dB"
            assert text_value(DB, "-20.5 dB") == -20.5
        finally:
            locale.setlocale(locale.LC_ALL, before)

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isobooth.host._core import lib
from isobooth.host.formats.ladspa.hints import UNBOUNDED, Complaints, Hint, interpret, shortest

BELOW, ABOVE, BOTH = 1, 2, 3
TOGGLED, RATE, LOG, INTEGER = 4, 8, 16, 32
MINIMUM, LOW, MIDDLE, HIGH, MAXIMUM = (64 * i for i in range(1, 6))
ZERO, ONE, HUNDRED, FOUR_FORTY = (0x200 + 64 * i for i in range(4))


def look(bits, lower=0.0, upper=0.0, *, rate=48000, **more):
    complaints = Complaints()
    return interpret(Hint(bits, lower, upper), rate, "port", complaints, **more), complaints.sentences()


def test_the_numbers_are_those_of_the_published_header():
    assert [lib.IB_LADSPA_BOUNDED_BELOW, lib.IB_LADSPA_BOUNDED_ABOVE, lib.IB_LADSPA_TOGGLED] == [1, 2, 4]
    assert [lib.IB_LADSPA_SAMPLE_RATE, lib.IB_LADSPA_LOGARITHMIC, lib.IB_LADSPA_INTEGER] == [8, 16, 32]
    assert lib.IB_LADSPA_DEFAULT_MASK == 0x3C0
    assert lib.IB_LADSPA_DEFAULT_440 == FOUR_FORTY


@pytest.mark.parametrize(
    ("default", "linear", "logarithmic"),
    [
        (MINIMUM, 1, 1),
        (LOW, 2500.75, 10),
        (MIDDLE, 5000.5, 100),
        (HIGH, 7500.25, 1000),
        (MAXIMUM, 10000, 10000),
        (ONE, 1, 1),
        (HUNDRED, 100, 100),
        (FOUR_FORTY, 440, 440),
    ],
)
def test_defaults(default, linear, logarithmic):
    plain, said = look(BOTH | default, 1, 10000)
    assert (plain.minimum, plain.default, plain.maximum, said) == (1, pytest.approx(linear), 10000, [])
    log, said = look(BOTH | LOG | default, 1, 10000)
    assert log.default == pytest.approx(logarithmic)
    assert log.is_logarithmic
    assert said == []


def test_bounds_and_what_lies_between_scale_with_the_sample_rate_and_literals_do_not():
    found, _ = look(BOTH | RATE | MIDDLE, 0.1, 0.5, rate=44100)
    assert (found.minimum, found.maximum) == (4410.0, 22050.0)
    assert found.default == pytest.approx(13230)
    assert look(BOTH | RATE | FOUR_FORTY, 0.0, 0.5)[0].default == 440.0


def test_integer_ports_get_the_integers_within_and_a_rounded_default():
    found, said = look(BOTH | INTEGER | MIDDLE, -0.1, 3.1)
    assert (found.minimum, found.maximum, found.default, found.steps) == (0, 3, 2, 4)
    assert said == []
    assert look(BOTH | INTEGER | LOW, 0, 10)[0].default == 3
    assert math.copysign(1, look(BOTH | INTEGER, -0.1, 3.1)[0].minimum) == 1
    assert look(BOTH | INTEGER, 0.0, 2.9999998)[0].maximum == 3
    none_within, said = look(BOTH | INTEGER, 0.2, 0.8)
    assert (none_within.minimum, none_within.maximum) == (0, 1)
    assert "widened" in said[0]


def test_toggled_ports_are_switches_whatever_else_is_said():
    assert look(TOGGLED | ONE)[0].default == 1
    assert look(TOGGLED | ZERO)[0].default == 0
    assert look(TOGGLED)[0].default == 0
    assert look(TOGGLED | BOTH | MAXIMUM | INTEGER | RATE, 0.0, 1.0)[0].default == 1
    found, said = look(TOGGLED | BOTH | LOG | MINIMUM, math.nan, math.inf)
    assert (found.minimum, found.maximum, found.default, found.steps, found.is_toggled) == (0, 1, 0, 2, True)
    assert said == []


def test_missing_bounds_are_wide_and_said():
    found, said = look(0)
    assert (found.minimum, found.maximum, found.default) == (-UNBOUNDED, UNBOUNDED, 0)
    assert len(said) == 2
    above = look(BELOW, 4.0)[0]
    assert (above.minimum, above.maximum, above.default) == (4, UNBOUNDED, 4)
    assert look(BELOW, 1e9)[0].maximum > 1e9
    below = look(ABOVE, 0, -4.0)[0]
    assert (below.minimum, below.maximum, below.default) == (-UNBOUNDED, -4, -4)
    assert look(0, is_output=True)[1] == []


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_bounds_that_are_no_numbers_are_not_counted(odd):
    found, said = look(BOTH | MIDDLE, odd, 1.0)
    assert (found.minimum, found.maximum, found.default) == (-UNBOUNDED, 1, 0)
    assert any("not a finite number" in text for text in said)
    assert any("does not have" in text for text in said)


def test_inverted_bounds_are_swapped():
    found, said = look(BOTH | MINIMUM, 5.0, -5.0)
    assert (found.minimum, found.maximum, found.default) == (-5, 5, -5)
    assert "wrong way round" in said[0]


@pytest.mark.parametrize("lower", [0.0, -1.0])
def test_a_logarithmic_range_that_is_not_above_zero_is_linear(lower):
    found, said = look(BOTH | LOG | MIDDLE, lower, 10.0)
    assert not found.is_logarithmic
    assert found.default == pytest.approx((lower + 10) / 2)
    assert "linear" in said[0]


def test_a_default_outside_the_bounds_is_held_within_them():
    found, said = look(BOTH | FOUR_FORTY, 0.0, 100.0)
    assert found.default == 100
    assert "outside" in said[0]


def test_an_unknown_default_hint_counts_as_none():
    found, said = look(BOTH | 0x3C0, 1.0, 2.0)
    assert found.default == 1
    assert "none that LADSPA 1.1 knows" in said[0]


def test_equal_bounds_are_a_range_of_one_value():
    assert look(BOTH | MIDDLE, 3.0, 3.0)[0].default == 3


def test_sentences_name_the_ports_up_to_a_bound():
    complaints = Complaints()
    for i in range(10):
        complaints.add("odd", f"p{i}")
    assert complaints.sentences() == ["odd: 'p0', 'p1', 'p2', 'p3', 'p4', 'p5' and 4 more"]


def test_an_integer_range_that_rounding_brings_down_to_zero_is_linear():
    found, said = look(BOTH | INTEGER | LOG, 1e-30, 1.0)
    assert (found.minimum, found.maximum, found.is_logarithmic) == (0, 1, False)
    assert "taken for linear" in said[0]


@given(st.integers(0, 0xFFFF), st.floats(width=32), st.floats(width=32), st.floats(1, 1e6), st.booleans())
def test_every_hint_gives_a_finite_range_with_its_default_inside(bits, lower, upper, rate, is_output):
    found, _ = look(bits, lower, upper, rate=rate, is_output=is_output)
    assert math.isfinite(found.minimum)
    assert math.isfinite(found.maximum)
    assert found.minimum <= found.default <= found.maximum
    assert found.minimum > 0 or not found.is_logarithmic
    if found.is_integer:
        assert {found.minimum % 1, found.maximum % 1, found.default % 1} == {0}


@given(st.floats(width=32, allow_nan=False))
def test_the_shortest_decimal_is_the_same_float(value):
    import numpy as np

    assert np.float32(shortest(value)) == np.float32(value)


def test_floats_are_shown_as_they_were_written():
    import numpy as np

    assert shortest(float(np.float32(0.1))) == 0.1
    assert shortest(float(np.float32(-70.3))) == -70.3
    assert shortest(16777216.0) == 16777216.0

import keyword
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.protocol.identifiers import identifiers


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("Threshold", "threshold"),
        ("Attack (ms)", "attack_ms"),
        ("  Dry/Wet  Balance ", "dry_wet_balance"),
        ("_latency", "latency"),
        ("Mix (%)", "mix"),
        ("63Hz gain", "p_63hz_gain"),
        ("From", "from_"),
        ("None", "none"),
        ("Values", "values_"),
        ("", "parameter"),
        ("-_-", "parameter"),
        ("Größe", "grösse"),
        ("Delay (µs)", "delay_μs"),
        ("x\N{SUPERSCRIPT TWO}", "x2"),
        ("\N{COMBINING ACUTE ACCENT}a", "p_\N{COMBINING ACUTE ACCENT}a"),
    ],
)
def test_one_name(name, identifier):
    assert identifiers([name]) == [identifier]


def test_equal_names_are_counted_and_leave_numbers_to_those_who_have_them():
    assert identifiers(["Gain", "Gain", "gain", "Gain 2"]) == ["gain", "gain_3", "gain_4", "gain_2"]
    assert identifiers(["Values", "values", "From", "from"]) == ["values_", "values_2", "from_", "from_2"]
    assert identifiers([]) == []


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=30))
def test_any_names(names):
    found = identifiers(names)
    assert len(found) == len(names) == len(set(found))
    assert found == identifiers(iter(names))
    for text in found:
        assert text.isidentifier()
        assert not keyword.iskeyword(text)
        assert not text.startswith("_")
        assert unicodedata.normalize("NFKC", text) == text

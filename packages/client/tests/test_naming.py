"""What names a plugin and cannot: one error each, and the next plugin loads."""

import os

import pytest

from isobooth.client import ArgumentError, PluginLoadError, load
from isobooth.client.options import number


def test_a_name_that_is_not_utf8(tmp_path):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/not\xffutf8.so")
    for plugin in (strange, f"ladspa:{strange}#id"):
        with pytest.raises(PluginLoadError, match=r"not\\xffutf8\.so.*not UTF-8"):
            load(plugin)


@pytest.mark.parametrize("length", [70_000, 400_000])
def test_an_id_that_no_message_can_carry_costs_nobody_else(tmp_path, length):
    with load("null:") as other:
        with pytest.raises(ArgumentError, match=r"characters long.*64 KiB"):
            load(f"ladspa:{tmp_path}/plugin.so#{'x' * length}")
        with load("null:") as another:
            assert another.process(frames=8).shape[1] == other.process(frames=8).shape[1] == 8


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_numbers_beyond_all_floats(value):
    with pytest.raises(ArgumentError, match=r"sample_rate is -?inf and must lie in"):
        number("sample_rate", value, 1, 10)

"""Parameters as a mapping: found by name, identifier and id; a mistake is named, with what was meant."""

import pytest

from isobooth.client import ArgumentError, ParameterError
from isobooth.client.parameters import Parameters
from isobooth.protocol.descriptors import ParameterInfo


class Owner:
    name = "Thing"

    def __init__(self):
        self.set = {}

    def parameter_value(self, number):
        return self.set.get(number, 0.25)

    def set_parameter(self, info, value):
        self.set[info.id] = value

    def parameter_text(self, number, value):
        return f"{number}:{value:g}"

    def parameter_from_text(self, number, text):
        return float(text)


def info(number, name, identifier, **more):
    return ParameterInfo(
        id=number, name=name, identifier=identifier, **{"minimum": -1.0, "maximum": 1.0, "default": 0.5, **more}
    )


@pytest.fixture
def owner():
    return Owner()


@pytest.fixture
def parameters(owner):
    return Parameters(owner, [
        info(7, "Threshold", "threshold", unit="dB", minimum=-60.0, maximum=0.0, default=-10.0),
        info(2**32 - 1, "Attack (ms)", "attack_ms"),
        info(0, "Meter", "meter", is_output=True),
        info(9, "Mode", "mode", steps=3, minimum=0, maximum=2),
        info(10, "Mode", "mode_2"),
        info(11, "", ""),
    ])  # fmt: skip


def test_one_parameter_by_every_name(owner, parameters):
    assert parameters["Threshold"] is parameters["threshold"] is parameters[7] is parameters.threshold
    parameters.threshold = -20
    parameters["Attack (ms)"] = 0.5
    parameters[9].value = 2
    assert owner.set == {7: -20.0, 2**32 - 1: 0.5, 9: 2.0}
    assert parameters["Mode"].id == 9
    assert parameters.mode_2.id == 10


def test_it_is_a_mapping(parameters):
    assert len(parameters) == 6
    assert list(parameters)[:2] == ["threshold", "attack_ms"]
    assert [parameter.id for parameter in parameters.values()] == [7, 2**32 - 1, 0, 9, 10, 11]
    assert all(key in parameters for key in ("Threshold", "threshold", 7))
    assert not any(key in parameters for key in ("nothing", 8))
    assert parameters.get("nothing") is None
    assert "threshold" in dir(parameters)
    assert "attack_ms" in repr(parameters)
    assert repr(parameters.threshold) == "<parameter 'Threshold' = 0.25 dB, -60 .. 0>"
    assert float(parameters.threshold) == 0.25


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("treshold", "'threshold'"), ("Treshold", "'Threshold'"), ("atack_ms", "'attack_ms'"), ("zzzzz", "it has")],
)
def test_a_typo_is_named(owner, parameters, wrong, meant):
    for attempt in (
        lambda: parameters[wrong],
        lambda: getattr(parameters, wrong),
        lambda: setattr(parameters, wrong, 1.0),
        lambda: parameters.__setitem__(wrong, 1.0),
        lambda: parameters.id_of(wrong),
    ):
        with pytest.raises(ParameterError) as caught:
            attempt()
        assert wrong in str(caught.value)
        assert meant in str(caught.value) or meant.lower() in str(caught.value).lower()
        assert "Thing" in str(caught.value)
    assert owner.set == {}


@pytest.mark.parametrize("key", [8, -1, 2**70, None, 1.5, True, b"threshold", (), object()])
def test_keys_that_are_none(parameters, key):
    with pytest.raises(ParameterError):
        parameters[key]


def test_python_can_catch_it(parameters):
    assert not hasattr(parameters, "nothing")
    with pytest.raises(KeyError):
        parameters["nothing"]
    with pytest.raises(ArgumentError):
        parameters["nothing"]


@pytest.mark.parametrize("value", [-60.1, 0.001, float("nan"), float("inf"), -1e300, "loud", None, [1], 1j])
def test_values_that_cannot_be(owner, parameters, value):
    with pytest.raises(ParameterError, match="Threshold"):
        parameters.threshold.value = value
    assert owner.set == {}


def test_outputs_cannot_be_set(owner, parameters):
    with pytest.raises(ParameterError, match="computed by the plugin"):
        parameters.meter = 0.0
    assert owner.set == {}


def test_texts_and_reset(owner, parameters):
    assert parameters.threshold.text == "7:0.25"
    assert parameters.threshold.text_of(-3) == "7:-3"
    parameters.threshold.text = "-12"
    assert owner.set == {7: -12.0}
    parameters.threshold.reset()
    assert owner.set == {7: -10.0}
    with pytest.raises(ParameterError):
        parameters.threshold.text = "3"

"""A plugin's parameters as a mapping: by name, identifier or id, in the plugin's own units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Protocol

from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.errors import ParameterError, did_you_mean

_SLACK = 2e-7
"""Of a bound: values that are out of range by rounding alone, like a plugin's own texts, are at the bound."""


def _below(bound: float) -> float:
    return bound - min(_SLACK * abs(bound), 0.5) if math.isfinite(bound) else bound


def _above(bound: float) -> float:
    return bound + min(_SLACK * abs(bound), 0.5) if math.isfinite(bound) else bound


class ParameterOwner(Protocol):
    """What parameters need of their plugin."""

    @property
    def name(self) -> str:
        """For messages."""

    def parameter_value(self, number: int) -> float:
        """What the parameter is, as far as is known here."""

    def set_parameter(self, info: ParameterInfo, value: float) -> None:
        """Change it, with the next block at the latest."""

    def parameter_text(self, number: int, value: float) -> str:
        """As the plugin writes it."""

    def parameter_from_text(self, number: int, text: str) -> float:
        """As the plugin reads it."""


class Parameter:
    """One parameter of one plugin."""

    __slots__ = ("_owner", "info")

    def __init__(self, owner: ParameterOwner, info: ParameterInfo) -> None:
        self._owner = owner
        self.info = info

    @property
    def id(self) -> int:
        """What events address; stable across versions of the plugin."""
        return self.info.id

    @property
    def name(self) -> str:
        """The plugin's own name for it."""
        return self.info.name

    @property
    def identifier(self) -> str:
        """The name as a Python identifier."""
        return self.info.identifier

    @property
    def unit(self) -> str:
        """``dB``, ``Hz`` …, empty where the plugin does not say."""
        return self.info.unit

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value."""
        return (self.info.minimum, self.info.maximum)

    @property
    def default(self) -> float:
        """Value of a fresh instance."""
        return self.info.default

    @property
    def steps(self) -> int:
        """Number of distinct values, 0 if it is continuous."""
        return self.info.steps

    @property
    def is_output(self) -> bool:
        """A value that the plugin computes, such as a meter: read it after process()."""
        return self.info.is_output

    @property
    def value(self) -> float:
        """In the parameter's own unit. Assigning raises ParameterError for values out of range and for outputs."""
        return self._owner.parameter_value(self.info.id)

    @value.setter
    def value(self, value: float) -> None:
        self._owner.set_parameter(self.info, self.check(value))

    def check(self, value: object) -> float:
        """``value`` as this parameter takes it. Raises ParameterError."""
        info = self.info
        try:
            number = float(value)  # type: ignore[arg-type]  # whatever has a float value is welcome
        except (TypeError, ValueError) as error:
            raise ParameterError(f"{info.name!r} of {self._owner.name} takes a number, not {value!r}") from error
        except OverflowError:  # a whole number of hundreds of digits: out of every range
            number = math.inf
        if info.is_output:
            raise ParameterError(f"{info.name!r} of {self._owner.name} is computed by the plugin and cannot be set")
        if _below(info.minimum) <= number <= _above(info.maximum):
            number = min(max(number, info.minimum), info.maximum)
        else:
            unit = f" {info.unit}" if info.unit else ""
            raise ParameterError(
                f"{info.name!r} of {self._owner.name} lies in {info.minimum:g} .. {info.maximum:g}{unit},"
                f" not at {number:g}"
            )
        return number

    @property
    def text(self) -> str:
        """The value as the plugin writes it; assign what the plugin can read."""
        return self._owner.parameter_text(self.info.id, self.value)

    @text.setter
    def text(self, text: str) -> None:
        self.value = self._owner.parameter_from_text(self.info.id, text)

    def text_of(self, value: float) -> str:
        """Another value as the plugin would write it."""
        return self._owner.parameter_text(self.info.id, value)

    def reset(self) -> None:
        """Back to the default."""
        self.value = self.info.default

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        info = self.info
        unit = f" {info.unit}" if info.unit else ""
        kind = "output" if info.is_output else "parameter"
        return f"<{kind} {info.name!r} = {self.value:g}{unit}, {info.minimum:g} .. {info.maximum:g}>"


class Parameters(Mapping[str, Parameter]):
    """All parameters of a plugin, in its own order.

    ``p["Threshold"]``, ``p["threshold"]``, ``p[3]`` (an id) and ``p.threshold`` are the same parameter;
    ``p.threshold = -20`` sets it. A name that is not there raises ParameterError with the nearest ones.
    """

    _owner: ParameterOwner
    _by_id: dict[int, Parameter]
    _by_name: dict[str, Parameter]
    _by_identifier: dict[str, Parameter]

    def __init__(self, owner: ParameterOwner, infos: list[ParameterInfo]) -> None:
        by_id: dict[int, Parameter] = {}
        by_name: dict[str, Parameter] = {}
        by_identifier: dict[str, Parameter] = {}
        for info in infos:
            parameter = Parameter(owner, info)
            by_id.setdefault(info.id, parameter)
            by_name.setdefault(info.name, parameter)
            by_identifier.setdefault(info.identifier or f"parameter_{info.id}", parameter)
        for name, value in (
            ("_owner", owner),
            ("_by_id", by_id),
            ("_by_name", by_name),
            ("_by_identifier", by_identifier),
        ):
            object.__setattr__(self, name, value)

    def find(self, key: str | int) -> Parameter:
        """By name, identifier or id. Raises ParameterError with the nearest names."""
        if isinstance(key, int) and not isinstance(key, bool):
            found = self._by_id.get(key)
        elif isinstance(key, str):
            found = self._by_name.get(key) or self._by_identifier.get(key)
        else:
            found = None
        if found is not None:
            return found
        hint = did_you_mean(str(key), [*self._by_name, *self._by_identifier]) if isinstance(key, str) else ""
        if not hint:
            hint = f"it has {', '.join(list(self._by_name)[:12])}{' …' if len(self._by_name) > 12 else ''}"
        raise ParameterError(f"{self._owner.name} has no parameter {key!r} - {hint}")

    def with_id(self, number: int) -> Parameter | None:
        """The parameter of that id, or None."""
        return self._by_id.get(number)

    def id_of(self, key: str | int) -> int:
        """Id of a parameter. Raises ParameterError."""
        return self.find(key).info.id

    def __getitem__(self, key: str | int) -> Parameter:
        return self.find(key)

    def __setitem__(self, key: str | int, value: float) -> None:
        self.find(key).value = value

    def __contains__(self, key: object) -> bool:
        return key in self._by_name or key in self._by_identifier or key in self._by_id

    def __iter__(self) -> Iterator[str]:
        """Identifiers, in the plugin's order."""
        return iter(self._by_identifier)

    def __len__(self) -> int:
        return len(self._by_identifier)

    def __getattr__(self, name: str) -> Parameter:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.find(name)

    def __setattr__(self, name: str, value: float) -> None:
        self.find(name).value = value

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._by_identifier]

    def __repr__(self) -> str:
        return f"<parameters of {self._owner.name}: {', '.join(self._by_identifier)}>"

"""The scan of each hostile file: a report, with the reason where there is nothing else in it."""

from __future__ import annotations

import pytest

from isobooth.protocol.descriptors import ScanReport
from isobooth.scan.probe import probe
from tests.hostile.cases import DEADLY, EVERYTHING, HANGS, LIES, MISCHIEF, PLACES, SCANNED, SLOW, TIMEOUT
from tests.hostile.conftest import MakePlugin
from tests.support import host_command, in_threads

AT_ONCE = 2
UNOPENED = ("lv2",)
"""Formats whose plugins a scan describes without a look into their libraries: what they do there is never done."""


def reason_of(misdeed: str) -> str:
    """What the report says of it."""
    _, kind, how = DEADLY[misdeed]
    if kind == TIMEOUT:
        return "did not let itself be described within"
    return f"exit status {how.removeprefix('exit ')}" if how.startswith("exit ") else f"died of {how}"


def scan(hostile: MakePlugin, format_name: str, name: str, *, timeout: float = 30.0) -> ScanReport:
    """The report on one file; there is always one."""
    report = probe(host_command(), format_name, hostile(format_name, name), timeout=timeout)
    assert isinstance(report, ScanReport), report
    return report


def places_of(format_name: str) -> list[str]:
    """Where a scan of this format comes by."""
    return [place for place in SCANNED if place in PLACES[format_name]]


@pytest.mark.parametrize("format_name", PLACES)
def test_it_dies_in_the_scan(hostile: MakePlugin, format_name: str) -> None:
    """A crash in every place; every misdeed in the first one."""
    cases = [("crash", place) for place in places_of(format_name)]
    if format_name == "clap":
        cases += [(misdeed, "init") for misdeed in DEADLY if misdeed != "crash"]
    wrong = []

    def look(number: int) -> None:
        for misdeed, place in cases[number::AT_ONCE]:
            report = scan(hostile, format_name, f"{misdeed}@{place}", timeout=2.0 if misdeed in HANGS else 30.0)
            told = [problem.reason for problem in (*report.errors, *report.warnings)]
            is_whole = bool(report.plugins) and not told  # the scan does not come by there
            if not is_whole and not any(reason_of(misdeed) in reason for reason in told):
                wrong.append(f"{misdeed}@{place}: {told}")
            if place in {"constructor", "factory"} and is_whole and format_name not in UNOPENED:
                wrong.append(f"{misdeed}@{place}: nothing is told")

    in_threads(AT_ONCE, look)
    assert not wrong


def test_it_is_contained_in_the_scan(hostile: MakePlugin) -> None:
    # "thread": one that is still in the code when the library is unloaded takes the process with it, or not in time.
    names = [f"{misdeed}@init" for misdeed in MISCHIEF if misdeed != "thread"]

    def look(number: int) -> None:
        for name in names[number::AT_ONCE]:
            report = scan(hostile, "clap", name)
            assert [plugin.name for plugin in report.plugins] == ["Hostile"], (name, report)
            assert not report.errors, (name, report)

    in_threads(AT_ONCE, look)


@pytest.mark.parametrize("format_name", PLACES)
def test_it_lies_to_the_scan(hostile: MakePlugin, format_name: str) -> None:
    """Billions of parameters, which take their time, once: what bounds them is the same for all."""
    names = [name for name, lie in LIES.items() if format_name in lie.endings]
    names = [name for name in names if EVERYTHING or (format_name, name) not in SLOW]
    if format_name not in {"clap", "lv2"} and "counts" in names:
        names.remove("counts")

    def look(number: int) -> None:
        for name in names[number::AT_ONCE]:
            report = scan(hostile, format_name, f"lies@{name}", timeout=60.0)
            assert report.plugins or report.errors or report.warnings, name

    in_threads(AT_ONCE, look)

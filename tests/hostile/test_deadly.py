"""Every misdeed that ends a plugin or makes it hang, in every place: one typed error, at the step it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from isobooth.client import PluginCrashed, load
from tests.hostile.cases import DEADLY, EVERYTHING, HANGS, PLACES, expected, places_of
from tests.hostile.conftest import MakePlugin
from tests.hostile.story import BLOCK, Ending, play, tell
from tests.support import in_threads

AT_ONCE = 5
"""Plugins that hang beside each other."""


def silence_of(ending: Ending, misdeed: str, place: str) -> list[str]:
    """What is wrong, if the exception does not give the plugin's last words."""
    words = f"this is {misdeed} in {place.partition('@')[0]}"
    is_told = ending.error is None or any(words in line for line in ending.last_words)
    return [] if is_told else [f"{misdeed}@{place}: its last words are {ending.last_words}"]


@pytest.mark.parametrize("format_name", PLACES)
def test_the_report_says_all_there_is(hostile: MakePlugin, format_name: str) -> None:
    """In every phase: plugin, signal, address, library, offset, function, thread, block and last words."""
    wrong = []
    for place, (step, phase) in PLACES[format_name].items():
        if step == "end":
            continue
        path = hostile(format_name, f"crash@{place}")
        error = tell(path, timeout=20, load_timeout=30).error
        assert isinstance(error, PluginCrashed), place
        report, is_audio = error.report, phase == "process"
        found = {
            "plugin": "Hostile" in report.plugin or (step == "load" and str(path) in report.plugin),
            "library": Path(report.library).stem == path.stem,
            "function": report.offset > 0 and report.symbol.startswith("write_nowhere+0x"),
            "signal": (report.signal_name, report.exit_status, report.address) == ("SIGSEGV", None, 8),
            "thread": report.on_audio_thread == (is_audio or phase == "start processing"),
            "block": (report.block > 0) == is_audio,
            "advice": ("restart()" in str(error)) == (step != "load"),
            "words": all(word in str(error) for word in ("SIGSEGV", phase, path.stem, f"this is crash in {place[:4]}")),
        }
        wrong += [f"{place}: {name} of {report}" for name, is_right in found.items() if not is_right]
    assert not wrong


@pytest.mark.parametrize("misdeed", [name for name in DEADLY if name not in HANGS])
@pytest.mark.parametrize("format_name", PLACES)
def test_it_dies(hostile: MakePlugin, format_name: str, misdeed: str) -> None:
    wrong = []
    for place in places_of(format_name, misdeed):
        ending = tell(hostile(format_name, f"{misdeed}@{place}"), timeout=20, load_timeout=30)
        if str(ending) != expected(format_name, misdeed, place):
            wrong.append(f"{misdeed}@{place}: {ending}, not {expected(format_name, misdeed, place)}")
        wrong += silence_of(ending, misdeed, place)
        if ending.step == "process":
            assert ending.error is not None
            assert ending.error.block == 3  # type: ignore[attr-defined]  # of PluginCrashed
    assert not wrong


@pytest.mark.parametrize("misdeed", HANGS)
@pytest.mark.parametrize("format_name", PLACES)
def test_it_hangs(hostile: MakePlugin, format_name: str, misdeed: str) -> None:
    """The wait is for the deadline, so several wait at once."""
    places = places_of(format_name, misdeed)
    if misdeed == "spin" and not EVERYTHING:
        places = [place for place in places if place in {"constructor", "instantiate", "process@3", "save", "destroy"}]
    wrong = []

    def suffer(number: int) -> None:
        place = places[number]
        during_load = PLACES[format_name][place][0] == "load"
        ending = tell(
            hostile(format_name, f"{misdeed}@{place}"), timeout=1.0, load_timeout=2.0 if during_load else 30.0
        )
        if str(ending) != expected(format_name, misdeed, place):
            wrong.append(f"{misdeed}@{place}: {ending}, not {expected(format_name, misdeed, place)}")
        wrong.extend(silence_of(ending, misdeed, place))

    for first in range(0, len(places), AT_ONCE):
        count = min(AT_ONCE, len(places) - first)
        in_threads(count, lambda number, first=first: suffer(first + number))  # type: ignore[misc]
    assert not wrong


CHAIN = {
    "probe": "end |  |  | ",
    "repair": "end |  |  | ",
    "forward": "process | PluginCrashed | process | SIGSEGV",
    "futile": "process | PluginCrashed | process | SIGSEGV",
    "leave": "process | PluginCrashed | process | SIGSEGV",
}
"""What a plugin's own handler does of a fault -> the ending."""


@pytest.mark.parametrize("how", CHAIN)
def test_a_handler_of_its_own_may_repair_but_not_hide(hostile: MakePlugin, how: str) -> None:
    """It was installed when the plugin was made; it comes second, and still gets what it needs."""
    ending = tell(hostile("clap", f"chain@{how}"), timeout=20, load_timeout=30)
    assert str(ending) == CHAIN[how]
    if ending.error is not None:
        assert ending.error.report.library.endswith(f"chain@{how}.clap")  # type: ignore[attr-defined]
        assert ending.error.block == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("format_name", PLACES)
def test_it_comes_back(hostile: MakePlugin, format_name: str) -> None:
    """After a crash in the third block, restart() brings it back as it was; and again."""
    with load(hostile(format_name, "crash@process@3"), block_size=BLOCK, on_crash="silence") as plugin:
        first = next(iter(plugin.parameters))
        plugin.parameters[first].value = 0.75
        for _ in range(3):
            for _ in range(4):
                play(plugin, "process")
            assert plugin.error is not None
            plugin.restart()
            assert plugin.error is None
            assert plugin.parameters[first].value == 0.75

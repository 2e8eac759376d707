"""docs/hostile.md, made of the table in cases.py: ``python -m tests.hostile.table``."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.hostile.cases import DEADLY, FULL, HANGS, LIES, MISCHIEF, PLACES, REACHES, SOME, THEFTS

_TITLE = {"clap": "CLAP", "vst3": "VST3", "ladspa": "LADSPA", "lv2": "LV2", "vst2": "VST2"}
_HEAD = """\
# What a hostile plugin can do, and what its caller sees

Each line of this page is a case of the hostile suite (`tests/hostile`), which plays it with a plugin of its own. The
page is made of the suite's table (`python -m tests.hostile.table`). In every case the interpreter lives on, an
instance beside it plays without a late block, and nothing stays behind: no process, no descriptor, no shared memory.

"""


def _rows(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, tuple("---" for _ in head), *rows)]
    return "\n".join(lines) + "\n\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(textwrap.fill(one, 118, break_on_hyphens=False) for one in text.splitlines()) + "\n\n"


def _outcome(kind: str, how: str) -> str:
    if how.startswith("exit "):
        return f"`{kind}`, exit status {how.removeprefix('exit ')}"
    return f"`{kind}` ({how})" if how else f"`{kind}` at the deadline"


def _deadly() -> str:
    deadly = {**DEADLY, "divide": ("divides an integer by zero (x86-64)", "PluginCrashed", "SIGFPE")}
    order = (name for name in (*DEADLY, "divide") if name in deadly)
    rows = [(f"`{name}`", deadly[name][0], _outcome(*deadly[name][1:])) for name in dict.fromkeys(order)]
    full = ", ".join(_TITLE[name] for name in FULL)
    some = "; ".join(
        f"{_TITLE[name]} {', '.join(place.partition('@')[0] for place in places)}" for name, places in SOME.items()
    )
    return (
        "## It dies, or hangs\n\n"
        + _rows(("Case", "What the plugin does", "What the caller sees"), rows)
        + _paragraphs(
            f"Of {full} each is done in every place below (`{HANGS[0]}` in some of them), of the others the crash."
            f" Every other case is done in these of their places: {some}; with `ISOBOOTH_ALL_HOSTILE=1` in all.\n"
            "The call that was under way raises the exception, or with `on_crash=` plays on without the plugin;"
            " `restart()` brings it back, and `load(restart=)` does so by itself. The scan reports the same"
            " as the reason for no description (of LV2 it reads data files only: a plugin can do nothing there).\n"
            "A WCLAP can do less: its traps, endless loops, recursions, exhausted memories and pointers to nowhere"
            " are cases of `packages/host/tests/test_wclap_hostile.py`."
        )
    )


def _places() -> str:
    words = {
        "end": ("nothing: `close()` returns, and the process ends", ""),
        "load": ("`load()` raises", ""),
        "process": ("`process()` raises, and names the block", ""),
        "parameter": ("`process()` raises (a parameter is an event)", ""),
        "text": ("reading `parameter.text` raises", ""),
        "save state": ("reading `state` raises", ""),
        "load state": ("setting `state` raises", ""),
    }
    rows = [
        (_TITLE[name], f"`{place.partition('@')[0]}`", words[step][0], phase or "-")
        for name, places in PLACES.items()
        for place, (step, phase) in places.items()
    ]
    return "## Where\n\n" + _rows(("Format", "Place", "What the caller sees", "`phase`"), rows)


def _mischief() -> str:
    rows = [(f"`{name}`", what, outcome) for name, (what, outcome) in MISCHIEF.items()]
    thefts = [(f"`{name}`", what, f"`{kind}`, which says so") for name, (what, kind) in THEFTS.items()]
    return (
        "## It disturbs its process\n\n"
        "The plugin plays on as if nothing had been. What is undone is undone after each call on the main thread, and\n"
        "floating point after each call on the audio thread; the log says so once.\n\n"
        + _rows(("Case", "What the plugin does", "What becomes of it"), rows)
        + "What the host cannot live without ends it:\n\n"
        + _rows(("Case", "What the plugin does", "What the caller sees"), thefts)
    )


def _reaches() -> str:
    rows = [(f"`{name}`", what, outcome) for name, (what, outcome) in REACHES.items()]
    return "## It reaches for other processes\n\n" + _rows(("Case", "What the plugin does", "What becomes of it"), rows)


def _lies() -> str:
    names = list(PLACES)

    def cell(ending: str) -> str:
        step, _, kind = ending.partition(": ")
        return ending if not kind else f"`{kind}` ({step})"

    rows = [
        (f"`{name}`", lie.what, *(cell(lie.endings[one]) if one in lie.endings else "-" for one in names))
        for name, lie in LIES.items()
    ]
    return "## It lies\n\n" + _rows(("Case", "What the plugin does", *(_TITLE[name] for name in names)), rows)


def page() -> str:
    """The whole page."""
    return (_HEAD + _deadly() + _places() + _mischief() + _reaches() + _lies()).rstrip("\n") + "\n"


if __name__ == "__main__":
    Path(__file__).resolve().parents[2].joinpath("docs", "hostile.md").write_text(page(), "utf-8")

"""The picture: every take as a waveform over the music as it was, and the crash from close by."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")  # no display is needed

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from demo.music import RATE, Audio
from demo.scene import Crash, Take

INK = "#1f2933"
DRY = "#c3cad3"
COLOURS = {"ladspa": "#0b7285", "clap": "#c2570c", "chain": "#5f3dc4"}
ALARM = "#c92a2a"
SHADE = 0.2
"""How dark the music as it was lies over what became of it."""
COLUMNS = 1400
"""Points of an outline."""


def draw(path: Path, dry: Audio, takes: list[Take], crash: Crash) -> None:
    """Write a PNG with one row for the music, one for each take, and two for the crash."""
    rows = len(takes) + 1
    loudest = [dry, crash.before, crash.after, *(take.audio for take in takes)]
    most = 1.3 * max(float(np.quantile(np.abs(audio), 0.999)) for audio in loudest)  # a lone spike may be cut
    with plt.rc_context({"font.size": 10, "font.family": "sans-serif", "text.color": INK, "axes.edgecolor": DRY}):
        figure = plt.figure(figsize=(12.5, 1.0 * rows + 4.8), layout="constrained")
        grid = figure.add_gridspec(rows + 2, 1, height_ratios=[1.0] * rows + [1.9, 1.9])
        axes = [figure.add_subplot(grid[row, 0]) for row in range(rows + 2)]
        outline(axes[0], dry, INK)
        label(axes[0], "the music", "as generated; shaded below")
        for axis, take in zip(axes[1:], takes, strict=False):
            outline(axis, take.audio, COLOURS[take.format])
            outline(axis, dry, INK, alpha=SHADE)
            detail = f"{take.format} · {take.times_real_time:,.0f} x real time"
            label(axis, take.name if take.format != "chain" else "all in a row", detail)
        for axis in axes:
            axis.set_xlim(0, dry.shape[1] / RATE)
            axis.set_ylim(-most, most)
        draw_crash(axes[rows], axes[rows + 1], crash)
        for axis in axes[:-1]:
            axis.tick_params(labelbottom=False, bottom=False)
        axes[-1].set_xlabel("seconds")
        figure.suptitle(
            "isobooth: every plugin in a process of its own", x=0.01, ha="left", fontsize=15, fontweight="bold"
        )
        figure.savefig(path, dpi=110, facecolor="white")
        plt.close(figure)


def draw_crash(given: Axes, came: Axes, crash: Crash) -> None:
    """What the killed plugin was given, and what came out of it."""
    outline(given, crash.before, INK, alpha=2 * SHADE)
    label(given, f"into {crash.victim}", "its place in the chain")
    outline(came, crash.after, COLOURS["chain"])
    outline(came, crash.before, INK, alpha=SHADE)
    label(came, f"out of {crash.victim}", "darker: what went in")
    kill, restart = crash.killed_at / RATE, crash.restarted_at / RATE
    for axis in (given, came):
        axis.axvspan(kill, restart, color=ALARM, alpha=0.09, lw=0)
        for second in (kill, restart):
            axis.axvline(second, color=ALARM, lw=1.4, ls="--")
    top = given.get_ylim()[1]
    for second, words, side in (
        (kill - 0.04, "kill -9", "right"),
        ((kill + restart) / 2, "dead, so bypassed", "center"),
        (restart + 0.04, "restart()", "left"),
    ):
        given.text(second, top * 0.93, words, ha=side, va="top", color=ALARM, fontweight="bold")


def outline(axis: Axes, audio: Audio, colour: str, alpha: float = 1.0) -> None:
    """Fill the space between the least and the greatest sample of each column, both channels together."""
    step = max(1, audio.shape[1] // COLUMNS)
    whole = audio[:, : audio.shape[1] // step * step].reshape(audio.shape[0], -1, step)
    seconds = (np.arange(whole.shape[1]) + 0.5) * step / RATE
    axis.fill_between(seconds, whole.min(axis=(0, 2)), whole.max(axis=(0, 2)), color=colour, alpha=alpha, lw=0)


def label(axis: Axes, name: str, detail: str) -> None:
    """Name a row at its left edge."""
    axis.set_yticks([])
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.axhline(0, color=DRY, lw=0.6, zorder=0)
    axis.text(-0.012, 0.58, name, transform=axis.transAxes, ha="right", va="bottom", fontweight="bold")
    axis.text(-0.012, 0.48, detail, transform=axis.transAxes, ha="right", va="top", fontsize=8.5, color="#66707c")

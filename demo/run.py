"""Play generated music through audio plugins, each in a process of its own, and kill one of them on the way.

    python demo/run.py [--own] [--output FOLDER]

Run by `python3 noxfile.py demo`, which installs what this needs. Writes WAV files and a picture and prints a table.
Exit code 0: everything that must hold did; 1: something did not, and the last lines say what.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import soundfile
from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a file: make the folder importable as `demo`

from demo import music, picture, rack, scene  # noqa: E402  (after the line above)
from isobooth.client import IsoboothError  # noqa: E402

PLAIN_WIDTH = 120
"""Columns where nobody says how wide the terminal is."""
Playable: TypeAlias = "tuple[rack.Choice, Path]"


def main(arguments: list[str]) -> int:
    """Run the demo. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Play music through plugins and kill one of them on the way.")
    parser.add_argument("--own", action="store_true", help="use the demo's own plugins even where there are real ones")
    parser.add_argument("--output", type=Path, default=ROOT / "demo-output", help="folder for what is written")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)
    try:
        return Demo(console, options.output, real=not options.own).run()
    except (IsoboothError, rack.NoCompiler) as error:
        console.print(f"[bold red]the demo cannot go on:[/] {escape(str(error))}", soft_wrap=True)
        return 1


class Demo:
    """One run."""

    def __init__(self, console: Console, output: Path, *, real: bool) -> None:
        self.console = console
        self.output = output
        self.real = real
        self.dry = music.make_music()
        self.checks: list[scene.Check] = []

    def run(self) -> int:
        """Play, write, print. Returns the exit code."""
        self.output.mkdir(parents=True, exist_ok=True)
        (self.output / ".gitignore").write_text("*\n", encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="isobooth-demo-") as folder:
            takes, playable = self.play_all(Path(folder))
            if not takes:
                self.console.print("[bold red]no plugin could be played[/]")
                return 1
            chained = sorted((one for one in playable if one[0].chain), key=lambda one: one[0].chain)
            if not any(choice.victim for choice, _ in chained):
                chained = [*rack.own("ladspa", Path(folder)), *chained]
            chain, crash = self.play_chains(chained)
        self.write(takes, chain, crash)
        self.print_table([*takes, chain, crash.take])
        return self.judge()

    def play_all(self, folder: Path) -> tuple[list[scene.Take], list[Playable]]:
        """Every plugin by itself; of a format of which nothing real is there or works, our own."""
        takes: list[scene.Take] = []
        playable: list[Playable] = []
        for name in rack.FORMATS:
            found = [one for one in rack.real(name) if self.real and self.play_alone(*one, takes)]
            if not found:
                own = rack.own(name, folder)
                found = [one for one in own if self.play_alone(*one, takes)]
                self.checks.append(scene.Check(f"our own {name} plugin was played", len(found) == len(own)))
            playable += found
        return takes, playable

    def play_alone(self, choice: rack.Choice, path: Path, takes: list[scene.Take]) -> bool:
        """Add a take of one plugin. One that does not work is named and left out: False."""
        try:
            part = rack.open_part(choice, path)
            with part.plugin:
                takes.append(scene.play_alone(part, self.dry))
        except IsoboothError as error:
            self.console.print(
                f"[yellow]left out:[/] {choice.format} {path.name}: {escape(str(error))}", soft_wrap=True
            )
            return False
        return True

    def play_chains(self, chained: list[Playable]) -> tuple[scene.Take, scene.Crash]:
        """Several plugins in a row: undisturbed, then with a kill in the middle."""
        with ExitStack() as stack:
            parts = [rack.open_part(choice, path) for choice, path in chained]
            for part in parts:
                stack.enter_context(part.plugin)
            chain, undisturbed = scene.play_chain(parts, self.dry)
        with ExitStack() as stack:
            parts = [rack.open_part(choice, path, on_crash="bypass") for choice, path in chained]
            for part in parts:
                stack.enter_context(part.plugin)
            crash = scene.play_with_accident(parts, self.dry, undisturbed)
        self.checks += crash.checks
        return chain, crash

    def write(self, takes: list[scene.Take], chain: scene.Take, crash: scene.Crash) -> None:
        """WAV files (32-bit float: nothing is clipped) and the picture."""
        audio = {"0 music": self.dry}
        for number, take in enumerate(takes, start=1):
            audio[f"{number} {take.name} ({take.format})"] = take.audio
        audio["chain"] = chain.audio
        audio["chain, one killed"] = crash.take.audio
        for old in self.output.glob("*.wav"):
            old.unlink()
        for name, samples in audio.items():
            path = self.output / f"{name.replace('/', '-')}.wav"
            soundfile.write(path, samples.T, music.RATE, subtype="FLOAT")
        picture.draw(self.output / "demo.png", self.dry, [*takes, chain], crash)

    def print_table(self, takes: list[scene.Take]) -> None:
        """What was played, how fast, and what happened."""
        table = Table(title=f"{self.dry.shape[1] / music.RATE:.0f} s of music, blocks of {rack.BLOCK} frames")
        table.add_column("plugin", overflow="fold")
        table.add_column("format")
        table.add_column("x real time", justify="right")
        table.add_column("µs per block", justify="right")
        table.add_column("in the crash", overflow="fold")
        for take in takes:
            if take.format == "chain":
                table.add_section()
            table.add_row(
                take.name,
                take.format,
                f"{take.times_real_time:,.0f}",
                f"{take.microseconds_per_block:,.1f}",
                take.story or "-",
            )
        self.console.print(table)

    def judge(self) -> int:
        """Print every check; 1 if one does not hold."""
        for check in self.checks:
            mark = "[green]ok[/]    " if check.holds else "[bold red]FAILED[/]"
            self.console.print(f"{mark} {escape(check.text)}", soft_wrap=True)
        self.console.print(f"WAV files and demo.png are in {escape(str(self.output))}", soft_wrap=True)
        return 0 if all(check.holds for check in self.checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

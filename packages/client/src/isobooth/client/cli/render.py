"""``isobooth render``: a file through plugins into a file."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from isobooth.protocol.errors import ArgumentError, ParameterError

if TYPE_CHECKING:
    from isobooth.client import Plugin

    from .pipeline import Audio, Pipeline

HELP = "play a file through plugins into a file"
DESCRIPTION = (
    "Play IN through one plugin after the other and write OUT, latency compensated and with its tail. Without IN, an"
    " instrument plays --midi. A mono effect gets as many instances as there are channels; a mono file is repeated for"
    " a stereo plugin. OUT gets the kind of its suffix; nothing is left at OUT if anything goes wrong."
)
_DEFAULT_RATE = 48000


@dataclass
class Wish:
    """A --plugin with the options that follow it."""

    locator: str
    settings: list[str] = field(default_factory=list)
    state: str = ""
    preset: str = ""


class _AddPlugin(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        wishes = list(getattr(namespace, "wishes", None) or [])
        namespace.wishes = [*wishes, Wish(str(values))]


class _ToLastPlugin(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        wishes = getattr(namespace, "wishes", None)
        if not wishes:
            parser.error(f"{option_string} applies to the --plugin before it; there is none")
        if option_string == "--state":
            wishes[-1].state = str(values)
        elif option_string == "--preset":
            wishes[-1].preset = str(values)
        else:
            wishes[-1].settings.append(str(values))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="[IN] OUT: audio files that libsndfile knows")
    parser.add_argument(
        "--plugin",
        action=_AddPlugin,
        required=True,
        metavar="P",
        help="name, [format:]id, or [format:]path[#id]; several make a chain in this order",
    )
    parser.add_argument(
        "--set",
        action=_ToLastPlugin,
        metavar="NAME=VALUE",
        help="parameter of the --plugin before, by name, identifier or id; a number, or a text that the plugin reads",
    )
    parser.add_argument(
        "--state", action=_ToLastPlugin, metavar="FILE", help="state of the --plugin before, as the plugin gave it"
    )
    parser.add_argument(
        "--preset",
        action=_ToLastPlugin,
        metavar="NAME|FILE",
        help="preset of the --plugin before, by name, Bank/Name or id, or a preset file of its format; after --state",
    )
    parser.add_argument("--midi", metavar="FILE", help="MIDI file for the first plugin that takes notes")
    parser.add_argument(
        "--block-size", type=int, default=512, metavar="N", help="frames in a block (default: %(default)s)"
    )
    parser.add_argument("--sample-rate", type=float, metavar="HZ", help=f"without IN; the default is {_DEFAULT_RATE}")
    parser.add_argument(
        "--tail",
        type=_tail,
        default="auto",
        metavar="auto|SECONDS",
        help="how long to go on after the end (default: what the plugins say, or until it is quiet)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a plugin gets for one block or question (default: %(default)g)",
    )
    parser.add_argument(
        "--on-crash",
        choices=("raise", "bypass"),
        default="raise",
        help="when a plugin crashes: end with code 5, or go on without it (default: %(default)s)",
    )
    parser.add_argument(
        "--no-guard",
        action="store_true",
        help="let samples pass that are no numbers, or louder than 40 dB over full scale, instead of silencing them",
    )
    parser.add_argument("--subtype", metavar="KIND", help="samples of OUT: PCM_16, PCM_24, FLOAT … (default: as IN)")


def _tail(text: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    seconds = float(text)  # argparse turns a ValueError into a usage error
    if not 0 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor a number of seconds from 0 to 86400")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    from . import audiofiles

    if len(options.files) > 2:
        raise ArgumentError(f"{len(options.files)} files are given; [IN] OUT is what is understood")
    *inputs, target = options.files
    if not inputs and not options.midi:
        raise ArgumentError("one file is given: name IN and OUT, or give the instrument a --midi file")
    began = time.perf_counter()
    with ExitStack() as stack:
        source = stack.enter_context(audiofiles.open_audio(inputs[0])) if inputs else None
        rate = _rate(options, source)
        midi = audiofiles.read_midi(options.midi) if options.midi else None
        states = [audiofiles.read_bytes(one.state) if one.state else None for one in options.wishes]
        subtype = options.subtype or (source.subtype if source is not None else None)
        writer = stack.enter_context(audiofiles.writing(target, rate, _known_subtype(subtype)))
        pipeline = _make_pipeline(options, rate, source.channels if source is not None else 1, states, stack)
        if midi is not None:
            pipeline.play(midi)
        with _progress(source.frames if source is not None else 0) as step:
            for wet in pipeline.render(_pieces(source, pipeline), options.tail):
                writer.write(wet)
                step(wet.shape[1])
        writer.write(pipeline.nothing())  # so that there is a file even if nothing came out
        _warn_of_crashes(pipeline)
        _warn_of_replaced(pipeline)
    if sys.stderr.isatty():
        seconds, took = writer.frames / rate, time.perf_counter() - began
        print(
            f"{target}: {writer.channels} channels, {seconds:.1f} s, {seconds / took:.0f} times real time",
            file=sys.stderr,
        )
    return 0


def _rate(options: argparse.Namespace, source: Any) -> int:
    if source is None:
        rate = _DEFAULT_RATE if options.sample_rate is None else options.sample_rate
        if not 1 <= rate <= 10_000_000 or rate != int(rate):
            raise ArgumentError(f"--sample-rate {rate:g}: a file needs a whole number of Hz, from 1 to 10000000")
        return int(rate)
    if options.sample_rate is not None and options.sample_rate != source.samplerate:
        raise ArgumentError(
            f"--sample-rate {options.sample_rate:g}: {source.name} has {source.samplerate} Hz - leave the option out,"
            " or convert the file first"
        )
    return int(source.samplerate)


def _known_subtype(name: str | None) -> str | None:
    import soundfile

    if name is not None and name.upper() not in soundfile.available_subtypes():
        raise ArgumentError(f"--subtype {name}: known are {', '.join(sorted(soundfile.available_subtypes()))}")
    return name.upper() if name else None


def _make_pipeline(
    options: argparse.Namespace, rate: int, channels: int, states: list[bytes | None], stack: ExitStack
) -> Pipeline:
    from . import pipeline

    stages: list[pipeline.Stage] = []
    for wish, state in zip(options.wishes, states, strict=True):
        stage = pipeline.load_stage(
            wish.locator,
            channels,
            stack,
            sample_rate=float(rate),
            block_size=options.block_size,
            on_crash=options.on_crash,
            timeout=options.timeout,
            offline=True,
            guard=not options.no_guard,
        )
        stages.append(stage)
        for plugin in stage.plugins:
            if state is not None:
                plugin.state = state
            if wish.preset:
                plugin.load_preset(wish.preset)
            for setting in wish.settings:
                _set(plugin, setting)
        channels = stage.outputs
    return pipeline.Pipeline(stages, float(rate))


def _set(plugin: Plugin, setting: str) -> None:
    """Do what one --set says."""
    name, sign, value = setting.partition("=")
    if not sign or not name:
        raise ArgumentError(f"--set {setting}: write NAME=VALUE")
    parameters = plugin.parameters
    key = int(name) if name.isascii() and name.isdigit() and name not in parameters else name
    parameter = parameters.find(key)
    try:
        number = float(value)
    except ValueError:
        try:
            parameter.text = value
        except ParameterError as error:
            raise ParameterError(f"--set {setting}: {error}") from error
        return
    parameter.value = number


def _pieces(source: Any, pipeline: Pipeline) -> Iterator[Audio]:
    """Yield the audio of the file, or silence, at least as long as there are events."""
    import numpy as np

    from . import audiofiles

    done, channels = 0, 1
    due = pipeline.events[-1].time + 1 if pipeline.events else 0
    if source is not None:
        channels = source.channels
        for piece in audiofiles.read_pieces(source, pipeline.piece_frames):
            done += piece.shape[1]
            yield piece
    while done < due:
        count = min(due - done, pipeline.piece_frames)
        done += count
        yield np.zeros((channels, count), np.float32)


def _warn_of_crashes(pipeline: Pipeline) -> None:
    """Say which plugins did not last, where --on-crash bypass let the others go on."""
    for stage in pipeline.stages:
        for plugin in stage.plugins:
            if plugin.error is not None:
                print(f"isobooth: bypassed from then on: {plugin.error}", file=sys.stderr)


def _warn_of_replaced(pipeline: Pipeline) -> None:
    """Say which plugins sent what is no sound, and how much of it was silenced."""
    for stage in pipeline.stages:
        for plugin in stage.plugins:
            replaced = plugin.stats.replaced
            if replaced:
                text = "no numbers, or louder than 40 dB over full scale, and were silenced (--no-guard lets them pass)"
                print(f"isobooth: {replaced} samples of {plugin.name} were {text}", file=sys.stderr)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Give a callback for the frames that are done; it draws on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _frames: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total or None)
        yield lambda frames: bar.advance(task, frames)

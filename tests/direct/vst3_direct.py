"""Call a VST3 plugin directly in this process: what a booth's output is compared with.

    python vst3_direct.py BUNDLE CLASS RATE BLOCK FTZ IN.npz OUT.npz
    python vst3_direct.py --list BUNDLE

Written after the VST3 3.7 headers with ctypes and numpy alone; nothing of isobooth is used, so that an error of ours
cannot hide in both. CLASS is a class id in hex, or empty for the first one. FTZ is 1 (denormals flushed to zero) or 0.
Component and controller are not connected: what goes through messages between them does not concern the sound of the
plugins that are compared.

IN.npz holds   audio   float32 or float64 (channels of all inputs, frames); the samples that the plugin gets
               params  ids of parameters    values   what to set them to, in the plugin's own unit, at the first frame
               normalised  optional, not 0: values (here and in events) are 0 .. 1 instead
               events  optional, float64 (n, 3): frame, parameter id, value; sorted
               notes   optional, float64 (n, 4): frame, 0 (on) or 1 (off), key, velocity; sorted
               blocks  optional: lengths of the blocks, instead of BLOCK for all; they are used in turn
OUT.npz holds  audio   (channels of all outputs, frames)
               param_ids, param_values   of all parameters at the end, normalised, as the controller has them
               latency, tail             frames
               statuses                  what process() returned, block by block
"""

from __future__ import annotations

import argparse
import ctypes
import sys
from ctypes import c_double, c_int32, c_uint32, c_uint64
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent))
import vst3_objects as v
from clap_direct import FloatingPoint, planes
from vst3_objects import Interface, check

Samples = npt.NDArray[Any]
PLAYING, CONTINUOUS, TEMPO, SIGNATURE = 1 << 1, 1 << 17, 1 << 10, 1 << 13
READ_ONLY = 1 << 1


class Direct:
    """One instance of a plugin."""

    def __init__(self, path: str, class_id: str) -> None:
        module = v.Module(path)
        own_id = bytes.fromhex(class_id) if class_id else bytes(module.classes()[0].id)
        self._kept: list[object] = [module]
        self.host, self.handler = v.host_object(), v.handler_object()
        self.component = module.create(own_id, v.COMPONENT)
        check(self.component.call(3, v.c_p(self.host.address)) == v.OK, "initialize() failed")
        processor = self.component.query(v.PROCESSOR)
        check(processor, "it does not process")
        self.processor = processor or self.component
        self.controller, self._is_separate = self._find_controller(module)
        self.buses = [self._read_buses(v.AUDIO, direction) for direction in (v.INPUT, v.OUTPUT)]
        self.notes = [self._read_buses(v.EVENT, direction) for direction in (v.INPUT, v.OUTPUT)]
        self.ids = self._read_ids()

    def _find_controller(self, module: v.Module) -> tuple[Interface, bool]:
        single = self.component.query(v.CONTROLLER)
        if single:
            controller = single
        else:
            its_id = v.Id()
            check(self.component.call(5, its_id) == v.OK, "there is no controller")
            controller = module.create(bytes(its_id), v.CONTROLLER)
            check(controller.call(3, v.c_p(self.host.address)) == v.OK, "the controller's initialize() failed")
        controller.call(16, v.c_p(self.handler.address))
        state = v.Stream()
        if self.component.call(13, v.c_p(state.address)) == v.OK:
            state.at = 0
            controller.call(5, v.c_p(state.address))
        return controller, single is None

    def _read_buses(self, media: int, direction: int) -> list[int]:
        """Return the channels of each bus."""
        found = []
        for index in range(self.component.call(7, c_int32(media), c_int32(direction))):
            info = v.BusInfo()
            done = self.component.call(8, c_int32(media), c_int32(direction), c_int32(index), info)
            check(done == v.OK, "a bus has no description")
            found.append(int(info.channels))
        return found

    def _read_ids(self) -> list[int]:
        found = []
        for index in range(self.controller.call(8)):
            info = v.ParamInfo()
            check(self.controller.call(9, c_int32(index), info) == v.OK, "a parameter has no description")
            found.append(int(info.id))
        return found

    def normalised(self, number: int, plain: float) -> float:
        """Return what the plugin makes of a value in its own unit."""
        return float(self.controller.call(13, c_uint32(number), c_double(plain), result=c_double))

    def values(self) -> dict[int, float]:
        """Return the value of each parameter, normalised."""
        return {number: float(self.controller.call(14, c_uint32(number), result=c_double)) for number in self.ids}

    def activate(self, rate: float, most: int, size: int, *, on: bool = True) -> None:
        """Make ready, with the buses as the plugin has them; or the other way round."""
        arrangements = []
        for direction, buses in enumerate(self.buses):
            found = (c_uint64 * (len(buses) + 1))()
            for index in range(len(buses)):
                place = ctypes.addressof(found) + 8 * index
                self.processor.call(4, c_int32(direction), c_int32(index), v.c_p(place))
            arrangements += [v.c_p(ctypes.addressof(found)), c_int32(len(buses))]
            self._kept.append(found)
        if on:
            self.processor.call(3, *arrangements)
            setup = v.Setup(0, size, most, rate)
            check(self.processor.call(7, setup) == v.OK, "setupProcessing() failed")
        for media, both in ((v.AUDIO, self.buses), (v.EVENT, self.notes)):
            for direction, buses in enumerate(both):
                for index in range(len(buses)):
                    self.component.call(10, c_int32(media), c_int32(direction), c_int32(index), ctypes.c_ubyte(int(on)))
        done = self.component.call(11, ctypes.c_ubyte(int(on)))
        check(done in {v.OK, v.NOT_IMPLEMENTED}, "setActive() failed")

    def buffers(self, rows: Samples, buses: list[int]) -> Any:
        """Make the array of buffers over planes of consecutive channels."""
        made = (v.Buffers * (len(buses) + 1))()
        first = 0
        for at, count in enumerate(buses):
            pointers = (v.c_p * (count + 1))(*(rows[first + c].ctypes.data for c in range(count)))
            self._kept.append(pointers)
            made[at].channels, made[at].planes = count, ctypes.addressof(pointers)
            first += count
        return made

    def close(self) -> None:
        """End it in order."""
        self.controller.call(16, v.c_p(None))
        if self._is_separate:
            self.controller.call(4)
        self.controller.release()
        self.component.call(4)
        self.processor.release()
        self.component.release()


def changes_of(direct: Direct, given: dict[str, Samples], begin: int, end: int) -> tuple[v.Changes, v.Events]:
    """Return what happens in the frames [begin, end)."""
    changes, events = v.Changes(), v.Events()
    plain = not given.get("normalised", 0)

    def put(number: int, time: int, value: float) -> None:
        normal = direct.normalised(number, value) if plain else value
        direct.controller.call(15, c_uint32(number), c_double(normal))
        changes.put(number, time, normal)

    if begin == 0:
        for number, value in zip(given.get("params", ()), given.get("values", ()), strict=True):
            put(int(number), 0, float(value))
    for time, number, value in given.get("events", ()):
        if begin <= time < end:
            put(int(number), int(time) - begin, float(value))
    for time, kind, key, velocity in given.get("notes", ()):
        if begin <= time < end:
            events.note(int(time) - begin, off=bool(kind), key=int(key), velocity=float(velocity))
    return changes, events


def play(direct: Direct, given: dict[str, Samples], block: int, rate: float) -> tuple[Samples, list[int]]:
    """Run the plugin over all the audio, block by block."""
    audio = given["audio"]
    frames = audio.shape[1]
    lengths = [int(n) for n in given.get("blocks", [block])]
    source = planes(sum(direct.buses[0]), max(lengths), audio.dtype)
    target = planes(sum(direct.buses[1]), max(lengths), audio.dtype)
    inputs, outputs = direct.buffers(source, direct.buses[0]), direct.buffers(target, direct.buses[1])
    result = np.zeros((target.shape[0], frames), dtype=audio.dtype)
    context = v.Context(state=CONTINUOUS, rate=rate, tempo=120.0, numerator=4, denominator=4)
    statuses: list[int] = []
    begin = 0
    direct.processor.call(8, ctypes.c_ubyte(1))
    while begin < frames:
        end = min(begin + lengths[len(statuses) % len(lengths)], frames)
        source[:, : end - begin] = audio[:, begin:end]
        target[:] = 0
        changes, events = changes_of(direct, given, begin, end)
        out_changes, out_events = v.Changes(), v.Events()
        context.continuous_samples = begin
        data = v.Data(
            0,
            1 if audio.dtype == np.float64 else 0,
            end - begin,
            len(direct.buses[0]),
            len(direct.buses[1]),
            ctypes.addressof(inputs),
            ctypes.addressof(outputs),
            *(one.address for one in (changes, out_changes, events, out_events)),
            ctypes.addressof(context),
        )
        statuses.append(int(direct.processor.call(9, data)))
        result[:, begin:end] = target[:, : end - begin]
        begin = end
    direct.processor.call(8, ctypes.c_ubyte(0))
    return result, statuses


def main() -> None:
    """Run the command line; see the top of this file."""
    if sys.argv[1:2] == ["--list"]:
        for info in v.Module(sys.argv[2]).classes():
            sys.stdout.write(f"{bytes(info.id).hex().upper()} {info.name.decode(errors='replace')}\n")
        return
    parser = argparse.ArgumentParser()
    for name, kind in (("library", str), ("id", str), ("rate", float), ("block", int), ("ftz", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    direct = Direct(options.library, options.id)
    most = max(int(n) for n in given.get("blocks", [options.block]))
    size = 1 if given["audio"].dtype == np.float64 else 0
    direct.activate(options.rate, most, size)
    latency, tail = (int(direct.processor.call(place, result=c_uint32)) for place in (6, 10))
    with FloatingPoint(flush=bool(options.ftz)):
        audio, statuses = play(direct, given, options.block, options.rate)
    values = direct.values()
    np.savez(
        options.target,
        audio=audio,
        param_ids=np.array(list(values), dtype=np.int64),
        param_values=np.array(list(values.values()), dtype=np.float64),
        latency=latency,
        tail=tail,
        statuses=np.array(statuses),
    )
    direct.activate(options.rate, most, size, on=False)
    direct.close()


if __name__ == "__main__":
    main()

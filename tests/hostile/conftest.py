"""Plugins of the hostile suite, and what must hold beside and after each of them."""

from __future__ import annotations

import gc
import os
import shlex
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import load
from isobooth.client.warmhost import close_warm_host
from tests.hostile.bundles import lie_of, make_bundle
from tests.hostile.cases import SUFFIXES
from tests.hostile.story import AUDIO, BLOCK
from tests.support import ROOT, compile_plugin, descendants, descriptors, host_command, segments_of, until

HERE = Path(__file__).resolve().parent
ABI = ROOT / "packages" / "host" / "src" / "isobooth" / "host"

MakePlugin = Callable[[str, str], Path]


@pytest.fixture(autouse=True, scope="session")
def some_host() -> Iterator[None]:
    """Without an installed host, the one of the source tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOBOOTH_HOST", shlex.join(host_command()))
        yield
        close_warm_host()


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> MakePlugin:
    """A function from a format and what the file's name says to the plugin's file."""
    compiled: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("hostile")

    def make(format_name: str, name: str) -> Path:
        if format_name not in compiled:
            target = folder / f"{format_name}.so"
            source = (HERE / f"hostile.{format_name}.c").read_text("utf-8")
            compiled[format_name] = compile_plugin(source, target, f"-I{HERE}", f"-I{ABI}", "-Wno-infinite-recursion")
        path = folder / format_name / f"{name}{SUFFIXES[format_name]}"
        path.parent.mkdir(exist_ok=True)
        if not path.exists() and format_name == "lv2":
            make_bundle(compiled[format_name], path, lie_of(name))
        elif not path.exists():
            path.hardlink_to(compiled[format_name])
        return path

    return make


class Neighbour:
    """A plugin that plays on in a thread while others misbehave."""

    def __init__(self) -> None:
        self.plugin = load("null:", block_size=BLOCK)
        self.blocks = 0
        self.wrong: list[object] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def _play(self) -> None:
        try:
            while not self._stop.wait(0.001):
                if not np.array_equal(self.plugin.process(AUDIO), AUDIO):
                    self.wrong.append("its output is not its input")
                self.blocks += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
            self.wrong.append(error)

    def close(self) -> None:
        """Stop playing; fails if anything was not as it should be."""
        self._stop.set()
        self._thread.join()
        late = self.plugin.stats.late
        self.plugin.close()
        assert not self.wrong
        assert late == 0
        assert self.blocks > 0


@pytest.fixture(autouse=True)
def others_play_and_nothing_is_left() -> Iterator[None]:
    """No block of a neighbour is late or wrong, and no process, descriptor or shared memory stays behind."""
    neighbour = Neighbour()
    before = state()
    try:
        yield
        assert until(lambda: not left(before)), left(before)
    finally:
        neighbour.close()


def state() -> dict[str, set[object]]:
    """What a test could leave behind."""
    gc.collect()
    return {
        "processes": set(descendants(os.getpid())),
        "descriptors": set(descriptors().items()),
        "segments": set(segments_of(os.getpid())),
    }


def left(before: dict[str, set[object]]) -> dict[str, set[object]]:
    """What is there now and was not."""
    return {key: found - before[key] for key, found in state().items() if found - before[key]}

"""Hatchling hook: compile what ffi_build.py declares, and tag the wheel.

The host and the client have the same hook, so that each builds from its own sdist.
"""

from __future__ import annotations

import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilder

OLDEST_PYTHON = "cp310"  # the same floor as requires-python and Py_LIMITED_API


class CoreHook(BuildHookInterface[BuilderConfig]):
    """Compiles the package's C core."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into the source tree for an editable install, else into the wheel."""
        recipe = runpy.run_path(str(Path(self.root, "ffi_build.py")))
        # the files must outlive this call: hatchling copies them after it
        self._scratch = tempfile.TemporaryDirectory(prefix="isobooth-build-")
        ffi = recipe["declare"]()
        built = Path(ffi.compile(tmpdir=self._scratch.name))
        folder = Path(*recipe["MODULE"].split(".")[:-1])
        if version == "editable":
            target = Path(self.root, "src", folder, built.name)
            # a running process may have the old file mapped: replace it, never write into it
            shutil.copy2(built, f"{target}.new")
            Path(f"{target}.new").replace(target)
            return
        build_data["pure_python"] = False
        build_data["force_include"][str(built)] = f"{folder.as_posix()}/{built.name}"
        build_data["tag"] = self._tag(stable=recipe["STABLE_ABI"])

    def _tag(self, *, stable: bool) -> str:
        """Return the wheel's tag: one file for every CPython from the floor where possible."""
        builder = self.build_config.builder
        if not isinstance(builder, WheelBuilder):
            message = f"this hook builds wheels, not {builder.PLUGIN_NAME}"
            raise TypeError(message)
        tag = builder.get_best_matching_tag()
        return f"{OLDEST_PYTHON}-abi3-{tag.rpartition('-')[2]}" if stable else tag

"""Files that a plugin makes or refers to: state:makePath, state:mapPath, state:freePath.

A state holds the contents of the files that it refers to, so that it can be moved to another folder or machine. Within
a state, files have abstract paths: ``bundle/…`` for one of the plugin's own, ``files/<number>/<name>`` for any other.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

import msgspec

from isobooth.protocol.errors import StateError

from ..._core import ffi
from ...plugin import CData
from ...scratch import make_folder, remove_folder
from .memory import c_text, free

MOST_FILE_BYTES = 256 << 20
"""Of all files in one state together."""
_OWN, _OTHER = "bundle/", "files/"


class StateFile(msgspec.Struct, kw_only=True):
    """A file in a state."""

    name: str
    """Its abstract path."""
    path: str
    """Where it was."""
    data: bytes
    sha256: bytes


@dataclass
class Job:
    """One save or restore, and the files that it is about."""

    files: dict[str, str] = field(default_factory=dict)
    """Abstract -> absolute path."""


class Paths:
    """The files of one instance, and the three features. Plugins call from any thread but the audio thread."""

    def __init__(self, bundle: str) -> None:
        self._bundle = os.path.join(bundle, "")
        self._folder = ""
        self._restored = 0
        self.job: Job | None = None
        make, abstract, absolute, give_back = self._callbacks()
        handle = ffi.new("char[1]")  # means nothing to us; some plugins take NULL for a host without the feature
        self._keep = (make, abstract, absolute, give_back, handle)
        self.make_path = ffi.new("struct ib_lv2_state_make_path *", {"handle": handle, "path": make})
        self.map_path = ffi.new(
            "struct ib_lv2_state_map_path *",
            {"handle": handle, "abstract_path": abstract, "absolute_path": absolute},
        )
        self.free_path = ffi.new("struct ib_lv2_state_free_path *", {"handle": handle, "free_path": give_back})

    def _callbacks(self) -> tuple[CData, CData, CData, CData]:
        kind = "char *(void *, char const *)"
        return (
            ffi.callback(kind, lambda _, path: self._answer(self.made, path), error=ffi.NULL),
            ffi.callback(kind, lambda _, path: self._answer(self.abstract, path), error=ffi.NULL),
            ffi.callback(kind, lambda _, path: self._answer(self.absolute, path), error=ffi.NULL),
            ffi.callback("void(void *, char *)", lambda _, path: free(path)),
        )

    @staticmethod
    def _answer(how: object, path: CData) -> CData:
        if path == ffi.NULL or not callable(how):
            return ffi.NULL
        return c_text(os.fsencode(how(os.fsdecode(ffi.string(path)))))

    @property
    def folder(self) -> str:
        """A folder of this instance's own, made when it is needed first."""
        if not self._folder:
            self._folder = make_folder()
        return self._folder

    # -- what plugins ask --------------------------------------------------------------------------------------------

    def made(self, path: str) -> str:
        """A path below the instance's folder for a new file; the folders above it are there."""
        whole = os.path.normpath(os.path.join(self.folder, "made", path.lstrip("/")))
        if not whole.startswith(os.path.join(self.folder, "")):
            raise ValueError(f"{path!r} leads out of the folder")
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        return whole

    def abstract(self, path: str) -> str:
        """What a state calls a file. Outside of a save, and for what is no file, the path itself."""
        if not path or self.job is None or not os.path.isabs(path):
            return path
        if path.startswith(self._bundle):
            return _OWN + path[len(self._bundle) :]
        if not os.path.isfile(path):
            return path
        for name, known in self.job.files.items():
            if known == path:
                return name
        name = f"{_OTHER}{len(self.job.files)}/{os.path.basename(path)}"
        self.job.files[name] = path
        return name

    def absolute(self, path: str) -> str:
        """Where a file of a state is now."""
        if not path or os.path.isabs(path):
            return path
        if self.job is not None and path in self.job.files:
            return self.job.files[path]
        if path.startswith(_OWN):
            return self._bundle + path[len(_OWN) :]
        return os.path.join(self.folder, "made", path)

    # -- a state's files -----------------------------------------------------------------------------------------------

    def read(self, job: Job) -> list[StateFile]:
        """The contents of everything that was referred to. Raises StateError above MOST_FILE_BYTES."""
        found, total = [], 0
        for name, path in job.files.items():
            try:
                total += os.path.getsize(path)
                if total > MOST_FILE_BYTES:
                    raise StateError(
                        f"the state refers to files of more than {MOST_FILE_BYTES >> 20} MiB together, {path} among"
                        " them, and cannot hold them - use smaller files"
                    )
                with open(path, "rb") as file:
                    data = file.read()
            except OSError as error:
                raise StateError(
                    f"the state refers to {path}, which cannot be read: {error.strerror or error}"
                ) from error
            found.append(StateFile(name=name, path=path, data=data, sha256=hashlib.sha256(data).digest()))
        return found

    def write(self, files: list[StateFile]) -> Job:
        """Bring the files of a state to the disk: where they were if they are there unchanged, else into the folder."""
        job = Job()
        for one in files:
            if hashlib.sha256(one.data).digest() != one.sha256:
                raise StateError(f"the state is damaged: its file {one.name} is not what was saved")
            job.files[one.name] = one.path if _is_same(one) else self._restore(one)
        return job

    def _restore(self, one: StateFile) -> str:
        self._restored += 1
        folder = os.path.join(self.folder, "restored", str(self._restored))
        target = os.path.join(folder, os.path.basename(one.name) or "file")
        try:
            os.makedirs(folder, exist_ok=True)
            with open(target, "wb") as file:
                file.write(one.data)
        except OSError as error:
            raise StateError(f"{target}, a file of the state, cannot be written: {error.strerror}") from error
        return target

    def close(self) -> None:
        """Remove the instance's folder."""
        if self._folder:
            remove_folder(self._folder)
            self._folder = ""


def _is_same(one: StateFile) -> bool:
    try:
        if not os.path.isfile(one.path) or os.path.getsize(one.path) != len(one.data):
            return False
        with open(one.path, "rb") as file:
            return hashlib.sha256(file.read()).digest() == one.sha256
    except OSError:
        return False

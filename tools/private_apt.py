"""Packages of another Debian release, without root and without touching the machine's own package lists."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from tools import apt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class PrivateApt:
    """An apt configuration of our own in a scratch folder, which names another Debian release."""

    def __init__(self, folder: Path, sources: str) -> None:
        for name in ("lists/partial", "cache/archives/partial", "parts"):
            (folder / name).mkdir(parents=True)
        (folder / "parts" / "debian.sources").write_text(sources, encoding="utf-8")
        (folder / "status").touch()  # as if nothing were installed
        settings = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": f"{folder}/parts",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::lists": f"{folder}/lists",
            "Dir::State::status": f"{folder}/status",
            "Dir::Cache": f"{folder}/cache",
        }
        if os.geteuid() == 0:  # the sandbox user cannot read a checkout in root's home
            settings["APT::Sandbox::User"] = "root"
        self.folder = folder
        self.options = [word for item in settings.items() for word in ("-o", "=".join(item))]

    def update(self) -> str:
        """Fetch the package lists; return apt's complaint, "" if all went well."""
        return self._apt_get("update", "-qq")

    def depends(self, package: str) -> dict[str, str] | None:
        """Return the least versions that a package asks of others, None if it does not exist."""
        command = ["apt-cache", *self.options, "show", "--no-all-versions", package]
        record = apt.output(command)
        if not record:
            return None
        return dict(re.findall(r"[ ,]([a-z0-9+.-]+) \(>= ([^)]+)\)", record))

    def closure(self, packages: Sequence[str], wanted: Callable[[str], bool]) -> list[str]:
        """Return everything that `packages` depend on, without themselves, in the order of the names.

        A package for which `wanted` is false is left out, and with it what only it depends on. Of alternatives the
        first counts.
        """
        only = [f"--no-{word}" for word in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
        listing = apt.output(["apt-cache", *self.options, "depends", "--recurse", *only, *packages])
        graph = parse_depends(listing)
        found: set[str] = set()
        todo = list(packages)
        while todo:
            names = {name for name in graph.get(todo.pop(), ()) if wanted(name)} - found
            found |= names
            todo += sorted(names)
        return sorted(found - set(packages))

    def download(self, packages: Sequence[str]) -> list[Path] | str:
        """Download packages; return the files in their order, or apt's complaint as text."""
        complaint = self._apt_get("download", "-qq", *packages)
        files = []
        for name in packages:
            found = sorted(self.folder.glob(f"{name}_*.deb"))
            if not found:
                return complaint or f"apt-get left no file of {name}"
            files.append(found[-1])
        return files

    def _apt_get(self, *arguments: str) -> str:
        done = subprocess.run(
            ["apt-get", *self.options, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=os.environ | apt.ENVIRONMENT,
        )
        return "" if done.returncode == 0 else done.stderr.strip().replace("\n", "; ")


def parse_depends(listing: str) -> dict[str, list[str]]:
    """Read what `apt-cache depends --recurse` prints: each package with the packages that it depends on.

    A line that begins with `|` is one alternative of several, and the next line the next of them; the first is kept.
    """
    graph: dict[str, list[str]] = {}
    current: list[str] = []
    alternative = False
    for line in listing.splitlines():
        match = re.match(r"\s*(\|?)(?:Pre)?Depends: (\S+)$", line)
        if match:
            if not alternative:
                current.append(match.group(2))
            alternative = bool(match.group(1))
        elif line and not line.startswith(" "):
            current = graph.setdefault(line.strip(), [])
            alternative = False
    return graph

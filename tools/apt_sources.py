"""Read the machine's apt sources and write a private set that names another Debian release.

The machine's own mirrors, keys and proxies stay in use; only the name of the release changes. Entries that are not
Debian's main archive (third parties, security, backports) are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path("/etc/apt")
CODE_NAMES = {"bullseye", "bookworm", "trixie", "forky", "sid"}
RELEASES = CODE_NAMES | {"oldoldstable", "oldstable", "stable", "testing", "unstable"}
# ".../debian", a dated snapshot of it, or the list of mirrors that Debian's cloud images use
DEBIAN_ADDRESS = re.compile(r"/debian(\.list)?/?$|/archive/debian/\d{8}T\d{6}Z/?$")


@dataclass(frozen=True)
class Source:
    """One entry of the machine's apt sources."""

    address: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)

    def is_debian(self) -> bool:
        """Tell whether this is Debian's main archive, as opposed to a third party's."""
        return (
            DEBIAN_ADDRESS.search(self.address) is not None
            and "main" in self.components
            and not RELEASES.isdisjoint(self.suites)
        )

    def for_release(self, release: str) -> str:
        """Return the same archive's entry for another release, in the deb822 format."""
        lines = ["Types: deb", f"URIs: {self.address}", f"Suites: {release}", "Components: main"]
        lines += [f"{key}: {value}" for key, value in self.options.items()]
        return "\n".join(lines) + "\n"


def parse_one_line(text: str) -> list[Source]:
    """Parse the classic format: `deb [options] address suite component...`, one entry per line."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match is None:
            continue
        raw, address, suite, components = match.groups()
        key = re.search(r"(?i)\bsigned-by=(\S+)", raw or "")
        options = {"Signed-By": key.group(1)} if key else {}
        found.append(Source(address, (suite,), tuple(components.split()), options))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Parse the stanza format of `*.sources` files."""
    found = []
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {
            key.lower(): value.rstrip("\n")
            for key, value in re.findall(r"(?m)^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza)
        }
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").strip().lower() in {"no", "false", "0"}:
            continue
        options = {"Signed-By": fields["signed-by"]} if "signed-by" in fields else {}
        suites = tuple(fields.get("suites", "").split())
        components = tuple(fields.get("components", "").split())
        found += [Source(address, suites, components, options) for address in fields.get("uris", "").split()]
    return found


def read_sources(folder: Path = SOURCES) -> list[Source]:
    """Return every enabled entry of the machine, in the order in which apt reads them."""
    found = []
    main = folder / "sources.list"
    for path in [main, *sorted((folder / "sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".list":
            found += parse_one_line(text)
        elif path.suffix == ".sources":
            found += parse_deb822(text)
    return found


def debian_sources(release: str, folder: Path = SOURCES) -> str:
    """Return a deb822 file that names `release` at the machine's own Debian mirrors, or ""."""
    entries = {source.for_release(release) for source in read_sources(folder) if source.is_debian()}
    return "\n".join(sorted(entries))

"""Bring real plugins to this machine, for the tests and the demo.

    python3 tools/plugins.py              everything that the tests can use
    python3 tools/plugins.py --set demo   only what the demo plays
    python3 tools/plugins.py --set ladspa every LADSPA plugin that Debian has, for tools/census.py
    python3 tools/plugins.py --check      say what is there and what is not; change nothing

LADSPA, LV2 and VST2 plugins come from the machine's own Debian packages and need root or sudo without a password. They
land in /usr/lib/ladspa, /usr/lib/lv2 and /usr/lib/vst. CLAP and VST3 plugins are those of Debian trixie: the packages
are downloaded through a private apt configuration (no root needed, nothing of the machine's is changed) and unpacked
into the checkout, into .cache/plugins/usr/lib/clap and vst3. Those that ask for a newer C library than the machine has
go to .cache/plugins/newer/usr/lib/clap and vst3, together with that library and a script that starts a program with
it (tools/newer.py).

Tests skip what needs a plugin that is not there. Exit code: 0 if everything is there, 1 if something is missing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":  # run as a file: make the folder importable as `tools`
    sys.path.insert(0, str(ROOT))

from tools import apt, apt_sources, newer  # noqa: E402  (after the line above)
from tools.private_apt import PrivateApt  # noqa: E402

LADSPA_FOLDER = Path("/usr/lib/ladspa")
LV2_FOLDER = Path("/usr/lib/lv2")
CACHE = ROOT / ".cache" / "plugins"
RELEASE = "trixie"

# What the plugins link against; most come with the LADSPA packages anyway.
LIBRARIES = (
    *("libgl1", "libx11-6", "libxext6", "libxcursor1", "libxrandr2", "libcairo2", "libfontconfig1"),
    *("libfreetype6", "libsamplerate0", "libsndfile1", "libzita-convolver4"),
)
# How a plugin of each format is called, and the function that its library has to have.
FORMATS = {"clap": ("*.clap", "clap_entry"), "vst3": ("*.vst3", "GetPluginFactory")}
# Functions are bound when they are called first, as VST3's own hosts do it: dataexchange.vst3 lacks one it never calls.
PROBE = """
import ctypes, os, sys
c = ctypes.CDLL(None)
c.dlopen.restype, c.dlsym.restype, c.dlerror.restype = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p
library = c.dlopen(sys.argv[1].encode(), os.RTLD_LAZY | os.RTLD_LOCAL)
if not library or not c.dlsym(ctypes.c_void_p(library), sys.argv[2].encode()):
    sys.exit(c.dlerror().decode(errors="replace"))
"""
OK, NEWER = "ok", "ok, with a newer C library"


@dataclass(frozen=True)
class PluginSet:
    """Packages to have: `installed` through apt on the machine, `unpacked` into the checkout."""

    installed: tuple[str, ...]
    unpacked: tuple[str, ...]


SETS = {
    "tests": PluginSet(
        installed=(
            "ladspa-sdk",
            "swh-plugins",
            "tap-plugins",
            "cmt",
            "caps",
            "zam-plugins",
            "lsp-plugins-ladspa",
            "dpf-plugins-ladspa",
            *("dpf-plugins-vst", "dragonfly-reverb-vst"),
            *("liblilv-0-0", "lilv-utils", "mda-lv2", "lv2-examples"),
            *("blepvco", "vco-plugins"),  # two collections that use the same unique ids
        ),
        unpacked=(
            *("zam-plugins", "dragonfly-reverb-clap", "dragonfly-reverb-vst3", "dpf-plugins-clap", "dpf-plugins-vst3"),
            *("lsp-plugins-clap", "lsp-plugins-vst3", "vst3sdk-plugins"),
        ),
    ),
    # Every LADSPA plugin of Debian, for tools/census.py.
    "ladspa": PluginSet(
        installed=(
            *("amb-plugins", "autotalent", "blepvco", "blop", "bs2b-ladspa", "caps", "cmt", "csladspa"),
            *("dpf-plugins-ladspa", "fil-plugins", "guitarix-ladspa", "invada-studio-plugins-ladspa", "ladspa-sdk"),
            *("liblrdf0", "lsp-plugins-ladspa", "mcp-plugins", "omins", "rev-plugins", "rubberband-ladspa"),
            *("ste-plugins", "swh-plugins", "tap-plugins", "vco-plugins", "vlevel", "wah-plugins", "zam-plugins"),
        ),
        unpacked=(),
    ),
    "demo": PluginSet(installed=("swh-plugins", "zam-plugins"), unpacked=("zam-plugins", "dragonfly-reverb-clap")),
}


@dataclass
class Report:
    """What a run found or did: lines to print, and what is still missing."""

    lines: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def lack(self, what: str, why: str) -> None:
        """Note something that is not there, with the reason."""
        self.missing.append(what)
        self.lines.append(f"missing: {what}: {why}")


@dataclass(frozen=True)
class Cache:
    """The folder that the packages are unpacked into, and what lies in it."""

    folder: Path = CACHE

    @property
    def newer(self) -> Path:
        """Where plugins are that need a newer C library, with that library."""
        return self.folder / "newer"

    @property
    def manifest(self) -> Path:
        """The file that says what came of each package."""
        return self.folder / "packages.json"

    def verdicts(self) -> dict[str, str]:
        """Return what earlier runs have found out: package by package, "ok" or why it was left out."""
        if not self.manifest.is_file() or not (self.folder / "usr").is_dir():
            return {}
        content = json.loads(self.manifest.read_text(encoding="utf-8"))
        return {str(name): str(verdict) for name, verdict in content.items()}

    def plugins(self, name: str, *, newer: bool = False) -> list[Path]:
        """Return the files or bundles of one format (clap, vst3), in the order of their names."""
        top = (self.newer if newer else self.folder) / "usr" / "lib" / name
        return sorted(path for path in top.rglob(FORMATS[name][0]) if binary(path))


def binary(plugin: Path) -> Path | None:
    """Return the library of a plugin: of a bundle (X.vst3) the one for Linux, None where there is none."""
    if plugin.is_file():
        return plugin
    return next(iter(sorted(plugin.glob(f"Contents/*-linux/{plugin.stem}.so"))), None)


def provide(name: str = "tests", *, check: bool = False, cache: Cache | None = None) -> Report:
    """Bring the plugins of the set `name`, or only report on them where `check` is true.

    Nothing here raises: a machine without apt, network or rights gets a report that says so.
    """
    wanted = SETS[name]
    cache = cache or Cache()
    report = Report()
    if not apt.available():
        report.lack("plugin packages", "this is not a Debian system; tests skip what they lack")
        return report
    _installed(wanted.installed, report, check=check)
    _unpacked(wanted.unpacked, report, cache, check=check)
    report.lines.append(f"LADSPA: {len(list(LADSPA_FOLDER.glob('*.so')))} files in {LADSPA_FOLDER}")
    report.lines.append(f"LV2: {len(list(LV2_FOLDER.glob('*/manifest.ttl')))} bundles in {LV2_FOLDER}")
    for kind in FORMATS:
        here, other = (len(cache.plugins(kind, newer=newer)) for newer in (False, True))
        report.lines.append(f"{kind.upper()}: {here} in {cache.folder}/usr/lib/{kind}, {other} in {cache.newer}")
    return report


def _installed(packages: tuple[str, ...], report: Report, *, check: bool) -> None:
    missing = [name for name in packages if not apt.installed(name)]
    if missing and not check and apt.may_install():
        apt.update()
        libraries = [name for name in LIBRARIES if not apt.installed(name)]
        offered = apt.known([*missing, *libraries])
        if offered:
            print("installing " + " ".join(offered), flush=True)
            apt.install(offered)
        missing = [name for name in missing if not apt.installed(name)]
    if missing:
        names = " ".join(missing)
        report.lack(names, f"try: sudo apt-get install -y --no-install-recommends {names}")


def _unpacked(packages: tuple[str, ...], report: Report, cache: Cache, *, check: bool) -> None:
    verdicts = cache.verdicts()
    report.lines += [
        f"left out: {name}: {verdicts[name]}" for name in packages if verdicts.get(name, OK) not in {OK, NEWER}
    ]
    todo = [name for name in packages if name not in verdicts]
    sources = apt_sources.debian_sources(RELEASE) if todo and not check else ""
    if todo and not sources:
        why = "not unpacked yet" if check else "apt's sources on this machine name no Debian archive"
        report.lack(f"{' '.join(todo)} of Debian {RELEASE}", why)
    if not sources:
        return
    cache.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.folder, prefix="apt-") as scratch:
        private = PrivateApt(Path(scratch), sources)
        complaint = private.update()
        if complaint:
            report.lack(f"{' '.join(todo)} of Debian {RELEASE}", complaint)
            return
        for name, verdict in _unpack_all(private, todo, cache).items():
            if verdict in {OK, NEWER} or verdict.startswith("needs "):
                verdicts[name] = verdict
                report.lines.append(f"{name}: {verdict}")
            else:
                report.lack(f"{name} of Debian {RELEASE}", verdict)
    cache.manifest.write_text(json.dumps(verdicts, indent=2) + "\n", encoding="utf-8")


def _unpack_all(private: PrivateApt, packages: list[str], cache: Cache) -> dict[str, str]:
    """Unpack packages, with a newer C library where some need one; return what came of each."""
    complaints = {name: _too_old(private, name) for name in packages}
    demanding = [name for name, complaint in complaints.items() if complaint]
    library = newer.provide(cache.newer, private, demanding) if demanding else OK
    verdicts = {}
    for name, complaint in complaints.items():
        if complaint and library != OK:
            verdicts[name] = f"{complaint}; a newer C library beside it: {library}"
        else:
            verdicts[name] = _unpack(private, name, cache, newer_library=bool(complaint))
    return verdicts


def _too_old(private: PrivateApt, package: str) -> str:
    """Return what this machine's C or C++ library is too old for, "" if it is new enough."""
    needs = private.depends(package) or {}
    for library in newer.FLOOR:
        least = needs.get(library, "0")
        have = apt.version(library)
        if not apt.at_least(have, least):
            return f"needs {library} {least}, this machine has {have or 'none'}"
    return ""


def _unpack(private: PrivateApt, package: str, cache: Cache, *, newer_library: bool) -> str:
    """Unpack the plugins of one package; return that all is well, or why it was left out."""
    print(f"downloading {package} of Debian {RELEASE}", flush=True)
    archives = private.download([package])
    if isinstance(archives, str):
        return archives
    tree = private.folder / "tree" / package
    tree.mkdir(parents=True)
    subprocess.run(["dpkg", "-x", str(archives[0]), str(tree)], check=True)
    command = [str(newer.runner(cache.newer))] if newer_library else []
    target = cache.newer if newer_library else cache.folder
    verdicts = [_keep_loadable(tree, target, kind, command) for kind in FORMATS]
    if OK in verdicts:
        return NEWER if newer_library else OK
    return max(verdicts, default="") or "the package holds no plugin"


def _keep_loadable(tree: Path, target: Path, kind: str, command: list[str]) -> str:
    """Move the plugins of one format that the loader accepts; return "ok", or what is wrong, "" if there are none."""
    pattern, entry = FORMATS[kind]
    verdict = ""
    for path in sorted((tree / "usr" / "lib" / kind).rglob(pattern)):
        library = binary(path)
        if library is None:  # a folder that only has such a name
            continue
        probe = [*command, sys.executable, "-c", PROBE, str(library), entry]
        done = subprocess.run(probe, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode != 0:
            complaint = (done.stderr.strip().splitlines() or ["it crashed the loader"])[-1]
            print(f"left out: {path.name}: {complaint}", flush=True)
            verdict = verdict or complaint
            continue
        place = target / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            shutil.rmtree(place)
        shutil.move(path, place)
        verdict = OK
    return verdict


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=sorted(SETS), default="tests", help="which plugins")
    parser.add_argument("--check", action="store_true", help="only report, change nothing")
    parser.add_argument("--into", type=Path, default=CACHE, help="where to unpack (tests look in %(default)s)")
    options = parser.parse_args(arguments)
    report = provide(options.set, check=options.check, cache=Cache(options.into.absolute()))
    print("\n".join(report.lines))
    return 1 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main())

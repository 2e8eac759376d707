"""Bring real plugins to this machine, for the tests and the demo.

    python3 tools/plugins.py              everything that the tests can use
    python3 tools/plugins.py --set demo   only what the demo plays
    python3 tools/plugins.py --check      say what is there and what is not; change nothing

LADSPA plugins come from the machine's own Debian packages and need root or sudo without a password. They land in
/usr/lib/ladspa. Debian has had CLAP builds only since trixie: their packages are downloaded through a private apt
configuration (no root needed, nothing of the machine's is changed) and unpacked into the checkout.

Tests look for LADSPA plugins in /usr/lib/ladspa and for CLAP plugins in .cache/plugins/usr/lib/clap, and skip what
needs a plugin that is not there. Exit code: 0 if everything is there, 1 if something is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":  # run as a file: make the folder importable as `tools`
    sys.path.insert(0, str(ROOT))

from tools import apt, apt_sources  # noqa: E402  (after the line above)

LADSPA_FOLDER = Path("/usr/lib/ladspa")
CACHE = ROOT / ".cache" / "plugins"
CLAP_FOLDER = CACHE / "usr" / "lib" / "clap"
MANIFEST = CACHE / "unpacked.json"
RELEASE = "trixie"

# What the CLAP builds link against; most come with the LADSPA packages anyway.
LIBRARIES = (
    *("libgl1", "libx11-6", "libxext6", "libxcursor1", "libxrandr2", "libcairo2", "libfontconfig1"),
    *("libfreetype6", "libsamplerate0", "libsndfile1", "libzita-convolver4"),
)
# A downloaded package that needs a newer one of these than the machine has cannot be loaded here.
FLOOR = ("libc6", "libstdc++6")
PROBE = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW).clap_entry"


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
        ),
        unpacked=("zam-plugins", "dragonfly-reverb-clap", "dpf-plugins-clap", "lsp-plugins-clap"),
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

    def download(self, package: str) -> Path | str:
        """Download one package; return the file, or apt's complaint as text."""
        complaint = self._apt_get("download", "-qq", package)
        found = sorted(self.folder.glob(f"{package}_*.deb"))
        return found[-1] if found else complaint or "apt-get left no file"

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


def provide(name: str = "tests", *, check: bool = False) -> Report:
    """Bring the plugins of the set `name`, or only report on them where `check` is true.

    Nothing here raises: a machine without apt, network or rights gets a report that says so.
    """
    wanted = SETS[name]
    report = Report()
    if not apt.available():
        report.lack("plugin packages", "this is not a Debian system; tests skip what they lack")
        return report
    _installed(wanted.installed, report, check=check)
    _unpacked(wanted.unpacked, report, check=check)
    count = len(clap_files())
    report.lines.append(f"LADSPA: {len(list(LADSPA_FOLDER.glob('*.so')))} files in {LADSPA_FOLDER}")
    report.lines.append(f"CLAP: {count} files in {CLAP_FOLDER.relative_to(ROOT)}")
    return report


def clap_files() -> list[Path]:
    """Return every CLAP file that was unpacked, in the order of their names."""
    return sorted(path for path in CLAP_FOLDER.rglob("*.clap") if path.is_file())


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


def _unpacked(packages: tuple[str, ...], report: Report, *, check: bool) -> None:
    manifest = _read_manifest()
    report.lines += [f"left out: {name}: {manifest[name]}" for name in packages if manifest.get(name, "ok") != "ok"]
    todo = [name for name in packages if name not in manifest]
    sources = apt_sources.debian_sources(RELEASE) if todo and not check else ""
    if todo and not sources:
        why = "not unpacked yet" if check else "apt's sources on this machine name no Debian archive"
        report.lack(f"{' '.join(todo)} of Debian {RELEASE}", why)
    if not sources:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="apt-") as scratch:
        private = PrivateApt(Path(scratch), sources)
        complaint = private.update()
        for name in todo:
            verdict = complaint or _unpack(private, name)
            if verdict == "ok" or verdict.startswith("needs "):
                manifest[name] = verdict
                report.lines.append(f"{name}: {verdict}")
            else:
                report.lack(f"{name} of Debian {RELEASE}", verdict)
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _read_manifest() -> dict[str, str]:
    """Return what earlier runs have decided, package by package: "ok", or why it was left out."""
    if not MANIFEST.is_file() or not CLAP_FOLDER.is_dir():
        return {}
    content = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {str(name): str(verdict) for name, verdict in content.items()}


def _unpack(private: PrivateApt, package: str) -> str:
    """Unpack the CLAP files of one package; return "ok", or why it was left out."""
    needs = private.depends(package)
    if needs is None:
        return "no such package"
    for library in FLOOR:
        least = needs.get(library, "0")
        have = apt.version(library)
        if not apt.at_least(have, least):
            return f"needs {library} {least}, this machine has {have or 'none'}"
    print(f"downloading {package} of Debian {RELEASE}", flush=True)
    archive = private.download(package)
    if isinstance(archive, str):
        return archive
    tree = private.folder / "tree" / package
    tree.mkdir(parents=True)
    subprocess.run(["dpkg", "-x", str(archive), str(tree)], check=True)
    return _keep_loadable(tree / "usr" / "lib" / "clap")


def _keep_loadable(folder: Path) -> str:
    """Move the files that the loader accepts into the cache; return "ok", or what is wrong."""
    loaded, complaint = 0, "the package holds no CLAP file"
    for path in sorted(folder.rglob("*.clap")):
        if not path.is_file():
            continue
        probe = [sys.executable, "-c", PROBE, str(path)]
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            complaint = (done.stderr.strip().splitlines() or ["it crashed the loader"])[-1]
            print(f"left out: {path.name}: {complaint}", flush=True)
            continue
        target = CLAP_FOLDER / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        loaded += 1
    return "ok" if loaded else complaint


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=sorted(SETS), default="tests", help="which plugins")
    parser.add_argument("--check", action="store_true", help="only report, change nothing")
    options = parser.parse_args(arguments)
    report = provide(options.set, check=options.check)
    print("\n".join(report.lines))
    return 1 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main())

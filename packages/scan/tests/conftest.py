import os
import shlex
import stat
import sys
from pathlib import Path

import pytest

from isobooth.scan import paths

FAKE_HOST = """\
import json, os, signal, subprocess, sys, time

def option(name):
    return sys.argv[sys.argv.index(name) + 1]

def report(path=None, **more):
    found = {"format": option("--format"), "path": path or option("--path"), "plugins": []} | more
    with open(option("--output"), "w") as file:
        json.dump(found, file)

def plugin(name):
    return {"format": option("--format"), "path": option("--path"), "id": name, "name": name}

if "--version" in sys.argv:
    print(os.environ.get("FAKE_VERSION", "fake 1"))
    sys.exit()
if "--formats" in sys.argv:
    print(os.environ.get("FAKE_FORMATS", '["clap", "ladspa", "null"]'))
    sys.exit()
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(os.path.basename(option("--path")) + "\\n")
behaviour = os.path.basename(option("--path")).partition(".")[0]
"""
"""The start of a host for what no honest host shows; a test adds what it does for which file."""


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    """Nothing of the machine's own plugins, cache or settings."""
    for variable in ("CLAP_PATH", "LADSPA_PATH", "LV2_PATH", "VST3_PATH", "VST_PATH", "LXVST_PATH", "WCLAP_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def only_here(monkeypatch, tmp_path):
    """Search paths of every format below this folder, and none of the system."""
    for rule in paths._RULES.values():
        monkeypatch.setitem(vars(rule), "prefixes", ())
    return tmp_path / "home"


@pytest.fixture
def fake_host(monkeypatch, tmp_path):
    """A function that installs a host which does what the given code says."""
    program = tmp_path / "fake-host"
    monkeypatch.setenv("ISOBOOTH_HOST", str(program))
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "probed"))
    (tmp_path / "probed").touch()

    def install(code="report(plugins=[plugin(behaviour)])"):
        program.write_text(f"#!{sys.executable} -S\n{FAKE_HOST}{code}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    install()
    return install


@pytest.fixture
def probed(tmp_path):
    """A function that returns the names of the files that the fake host was started for, and forgets them."""

    def read():
        log = tmp_path / "probed"
        names = sorted(log.read_text().split())
        log.write_text("")
        return names

    return read


LIKE_A_PLUGIN = b"\x7fELF\0clap_entry\0GetPluginFactory\0VSTPluginMain\0ladspa_descriptor\0"
"""Looks from outside as if it were worth a process."""


def make_file(path, content=LIKE_A_PLUGIN):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def files(tmp_path):
    """A function that makes files in a folder of their own, which it returns. They look like plugins from outside."""

    def make(*names):
        folder = tmp_path / "plugins"
        for name in names:
            make_file(folder / name)
        return folder

    return make


@pytest.fixture
def real_host(monkeypatch):
    """The host of this environment; of the source tree where it is not installed."""
    if not (Path(sys.executable).parent / "isobooth-host").exists():
        monkeypatch.setenv("ISOBOOTH_HOST", shlex.join([sys.executable, "-m", "isobooth.host"]))
    else:
        monkeypatch.delenv("ISOBOOTH_HOST", raising=False)


@pytest.fixture
def real_plugin():
    """A function that returns the path of a plugin that Debian packages; skips where it is absent, but not in CI."""

    def find(path):
        found = Path(path)
        if not found.exists():
            if os.environ.get("CI"):
                pytest.fail(f"{found} is not there")
            pytest.skip(f"{found} is not installed")
        return found

    return find

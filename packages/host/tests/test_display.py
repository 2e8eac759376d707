"""Plugins of every format that make a Qt application do so on machines without a display."""

import os
import subprocess

import pytest

from isobooth.host.display import do_without_display
from tests.support import compile_plugin, host_command

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
AS_QT = """
#include <stdlib.h>
__attribute__((constructor)) static void begin(void) {
    if (!getenv("DISPLAY") && !getenv("QT_QPA_PLATFORM"))
        abort();
}
"""


def test_where_there_is_no_display_qt_draws_into_memory(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    do_without_display()
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    do_without_display()
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_where_there_is_one_qt_finds_it(name, monkeypatch):
    for other in NAMES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, ":0")
    do_without_display()
    assert "QT_QPA_PLATFORM" not in os.environ


@pytest.mark.parametrize("form", ["ladspa", "vst2", "clap", "vst3"])
def test_a_library_that_does_so_while_it_is_loaded_is_loaded(form, tmp_path):
    """It is no plugin: that is found out behind its constructor, which ends the process as Qt does."""
    path = compile_plugin(AS_QT, tmp_path / f"qt.{'so' if form in {'ladspa', 'vst2'} else form}")
    own = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [*host_command(), "--scan", "--format", form, "--path", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    assert "SIGABRT" not in done.stdout
    assert "descriptor" in done.stdout or "entry" in done.stdout or "Main" in done.stdout or "Factory" in done.stdout

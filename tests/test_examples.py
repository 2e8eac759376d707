"""Every example runs as its first line says, and does what it says."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import soundfile

from isobooth.protocol import get_include
from tests.support import real_plugin

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MOST_LINES = 60
SECONDS = 110


def locator(text):
    """A LADSPA plugin as the examples take it: ``file#label``, the file made absolute."""
    file, _, label = text.partition("#")
    return f"{real_plugin(file)}#{label}"


def run(name, *arguments, env=None):
    """What an example prints. Its exit code must be 0 and it must not complain."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def tone(path, seconds=0.5, rate=44100):
    """A file with a stereo sine."""
    sine = 0.25 * np.sin(2 * np.pi * 330 * np.arange(round(seconds * rate)) / rate)
    soundfile.write(path, np.stack([sine, sine], axis=1), rate)
    return path


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_is_one_idea_in_a_page(path):
    assert len(path.read_text().splitlines()) < MOST_LINES


def test_every_example_is_tested_here():
    text = Path(__file__).read_text()
    names = [path.name for path in EXAMPLES.rglob("*.*") if path.suffix in {".py", ".c"}]
    assert names
    assert not [name for name in names if f'"{name}"' not in text]


@pytest.mark.real_plugin
def test_list_plugins_names_what_is_in_the_folder(tmp_path):
    source = real_plugin("dj_eq_1901.so")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "dj_eq.so").symlink_to(source)
    env = {"LADSPA_PATH": str(tmp_path / "plugins"), "ISOBOOTH_CACHE_DIR": str(tmp_path / "cache")}
    env["LV2_PATH"] = str(tmp_path)  # some bundles of Debian are odd, and the example says so
    lines = run("list_plugins.py", "DJ EQ", env=env).splitlines()
    assert any(line.endswith("dj_eq.so#dj_eq") and "2 > 2" in line for line in lines)


def test_play_plugin_needs_no_plugin_of_the_machine():
    assert "2 channels of 48000 frames" in run("play_plugin.py")


@pytest.mark.real_plugin
def test_play_plugin_shows_parameters():
    text = run("play_plugin.py", locator("sc4_1882.so#sc4"))
    assert "'Threshold level (dB)'" in text
    assert "RMS/peak is now 1" in text


@pytest.mark.real_plugin
def test_render_offline_writes_the_tail_too(tmp_path):
    plugins = [locator("dj_eq_1901.so#dj_eq"), locator("sc4_1882.so#sc4")]
    run("render_offline.py", tone(tmp_path / "in.wav"), tmp_path / "out.wav", *plugins)
    wet, rate = soundfile.read(tmp_path / "out.wav")
    assert rate == 44100
    assert len(wet) >= 22050
    assert np.abs(wet).max() > 0.1


@pytest.mark.real_plugin
def test_automate_is_heard(tmp_path):
    run("automate.py", locator("dj_eq_1901.so#dj_eq"), "Lo gain (dB)", tmp_path / "out.wav")
    wet, rate = soundfile.read(tmp_path / "out.wav")
    quarter = rate // 2
    assert len(wet) == 2 * rate
    assert np.square(wet[-quarter:]).mean() > 2 * np.square(wet[:quarter]).mean()


def test_survive_a_crash_tells_both_stories():
    text = run("survive_a_crash.py")
    assert "raised: Pass Through died of SIGKILL" in text
    assert "bypassed: True" in text
    assert "alive again is True" in text


def test_block_by_block_gets_every_block_back():
    assert "200 of 200 blocks came back, peak 0.500" in run("block_by_block.py")


@pytest.fixture(scope="module")
def minimal_daw(tmp_path_factory):
    """The C example, compiled as its first lines say, with every warning an error."""
    program = tmp_path_factory.mktemp("c") / "minimal_daw"
    source = EXAMPLES / "c" / "minimal_daw.c"
    flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{get_include()}"]
    subprocess.run(["gcc", *flags, str(source), "-o", str(program), "-lm", "-lrt"], check=True)
    return program


def run_daw(program, *arguments):
    scripts = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    return subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        check=False,
        env={**os.environ, "PATH": scripts},
    )


def test_minimal_daw_plays_the_pass_through(minimal_daw):
    done = run_daw(minimal_daw, "null", "", "2", "2")
    assert done.stdout == "1000 blocks came back, the loudest sample is 0.500\n", done.stderr
    assert done.returncode == 0


@pytest.mark.real_plugin
def test_minimal_daw_plays_a_real_plugin(minimal_daw):
    done = run_daw(minimal_daw, "ladspa", locator("sc4_1882.so#sc4"), "2", "2")
    assert done.stdout.startswith("1000 blocks came back"), done.stderr


def test_minimal_daw_shows_the_hosts_reason_and_leaves_nothing_behind(minimal_daw):
    before = set(Path("/dev/shm").glob("isobooth-*-control"))
    done = run_daw(minimal_daw, "ladspa", "/nowhere/plugin.so", "2", "2")
    assert done.returncode == 1
    assert "there is no file /nowhere/plugin.so" in done.stderr
    assert set(Path("/dev/shm").glob("isobooth-*-control")) <= before


def test_presets_and_notices():
    printed = run("presets_and_notices.py", real_plugin("fast_lookahead_limiter_1913.so"))
    assert "lists 0 presets" in printed
    assert "refused: " in printed
    assert "bypassed, 240 frames late" in printed

"""Presets, note names, layouts and voices on the command line."""

import shlex
import sys
import textwrap

import pytest

from isobooth.client.cli import info
from isobooth.protocol.descriptors import (
    ControlPage,
    NoteExpressionInfo,
    NoteName,
    PluginDescriptor,
    PresetInfo,
    VoiceInfo,
)
from tests.support import ROOT, plain, python_path

from ..test_abilities import HOST


@pytest.fixture
def able(cli, tmp_path):
    """A function that runs a command whose host is the one of test_abilities.py; and its record of requests."""
    behaviour = tmp_path / "behaviour.py"
    behaviour.write_text(textwrap.dedent(HOST).lstrip("\n"))
    host = shlex.join([*plain(), sys.executable, str(ROOT / "tests" / "fake_host.py"), str(behaviour)])
    record = tmp_path / "asked"

    def run(*arguments):
        plugin = f"ladspa:/x.so#{record}"
        return cli(
            *[plugin if one == "PLUGIN" else one for one in arguments], ISOBOOTH_HOST=host, PYTHONPATH=python_path()
        )

    return run, record.read_text


def test_render_with_a_preset(able, dry, read):
    run, asked = able
    path, audio = dry
    done = run(
        "render", path, "wet.wav", "--plugin", "PLUGIN", "--preset", "kits/drums", "--set", "knob=0.5", "--tail", "0"
    )
    assert done.returncode == 0, done.stderr
    assert '"preset":"1"' in asked()
    assert (read(path.with_name("wet.wav"))[0] == audio).all()


def test_render_with_a_preset_file(able, dry):
    run, asked = able
    path, _ = dry
    file = path.with_name("my.vstpreset")
    file.write_bytes(b"")
    done = run("render", path, "wet.wav", "--plugin", "PLUGIN", "--preset", "my.vstpreset", "--tail", "0")
    assert done.returncode == 0, done.stderr
    assert f'"path":"{file}"' in asked()


@pytest.mark.parametrize(
    ("preset", "code", "says"),
    [
        ("Drumms", 2, "did you mean 'Drums'"),
        ("Drums", 2, "'Kits/Drums' or 'Loops/Drums'"),
        ("x.bad", 9, "cannot read it"),
    ],
)
def test_presets_that_do_not_load(able, dry, preset, code, says):
    run, _ = able
    path, _ = dry
    path.with_name("x.bad").write_bytes(b"")
    done = run("render", path, "wet.wav", "--plugin", "PLUGIN", "--preset", preset)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert not path.with_name("wet.wav").exists()


def test_preset_needs_a_plugin_before_it(cli):
    done = cli("render", "a.wav", "b.wav", "--preset", "x", "--plugin", "null:")
    assert done.returncode == 2
    assert "--preset applies to the --plugin before it" in done.stderr


def test_info_shows_what_some_instruments_say(monkeypatch, here):
    found = PluginDescriptor(
        format="clap",
        path="/x.clap",
        id="x",
        name="Drummer",
        presets=[PresetInfo(id="1", name="Rock", bank="Kits"), PresetInfo(id="2", name="Init")],
        note_names=[
            NoteName(name="Kick", key=36),
            NoteName(name="Slide", key=24, last_key=30, channel=9),
            NoteName(name="Any"),
        ],
        expressions=[NoteExpressionInfo(id=2, name="Tuning")],
        pages=[ControlPage(id=1, name="Main"), ControlPage(id=2, name="Mix")],
        voices=VoiceInfo(count=8, capacity=16, can_overlap=True),
        layouts=["Stereo", "16 out"],
    )
    monkeypatch.setattr(info, "find_plugin", lambda _: found)
    lines = here("info", "Drummer").stdout.splitlines()
    assert "voices:       8 of 16, notes of one key may overlap" in lines
    assert "layouts:      Stereo, 16 out" in lines
    assert "expressions:  Tuning" in lines
    assert "pages:        Main, Mix" in lines
    assert "note names:   Kick (36), Slide (24 to 30, channel 10), Any (all keys)" in lines
    assert "presets:      Kits/Rock, Init" in lines

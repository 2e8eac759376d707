import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from isobooth.client import load

AMP = "/usr/lib/ladspa/amp.so"
SC4 = "/usr/lib/ladspa/sc4_1882.so"


def fine(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""
    return done


def test_the_file_is_what_the_plugin_makes_of_it(cli, dry, read):
    path, noise = dry
    fine(cli("render", path, "wet.wav", "--plugin", "sc4", "--set", "threshold_level_db=-20", "--tail", "0.5"))
    with load(f"{SC4}#sc4", sample_rate=44100, offline=True) as plugin:
        plugin.parameters.threshold_level_db = -20.0
        expected = plugin.render(noise, tail=0.5)
    wet, rate = read(path.parent / "wet.wav")
    assert rate == 44100
    np.testing.assert_array_equal(wet, expected)


@pytest.mark.parametrize("block_size", [1, 500, 70_000])
def test_blocks_of_any_size(cli, dry, read, block_size):
    if block_size == 1:
        soundfile.write(dry[0], dry[1].T[:3000], 44100, subtype="FLOAT")
    path, _ = dry
    fine(
        cli(
            "render",
            path,
            "wet.wav",
            "--plugin",
            f"{AMP}#amp_stereo",
            "--set",
            "Gain=0.5",
            "--block-size",
            block_size,
            "--tail",
            0,
        )
    )
    noise, _ = read(path)
    wet, _ = read(path.parent / "wet.wav")
    np.testing.assert_array_equal(wet, noise * np.float32(0.5))


def test_plugins_play_in_order_and_settings_belong_to_the_one_before(cli, dry, read):
    path, noise = dry
    amp = f"{AMP}#amp_stereo"
    fine(
        cli(
            *("render", path, "wet.wav", "--tail", "0"),
            *("--plugin", amp, "--set", "Gain=0.25"),
            *("--plugin", amp, "--set", "gain=2"),
            *("--plugin", amp),
        )
    )
    wet, _ = read(path.parent / "wet.wav")
    np.testing.assert_array_equal(wet, noise * np.float32(0.5))


def test_a_mono_effect_plays_every_channel(cli, dry, read):
    path, noise = dry
    fine(cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_mono", "--set", "Gain=0.5", "--tail", "0"))
    np.testing.assert_array_equal(read(path.parent / "wet.wav")[0], noise * np.float32(0.5))


def test_a_mono_file_is_repeated_for_a_stereo_plugin(cli, dry, read):
    path, noise = dry
    soundfile.write(path, noise[0], 44100, subtype="FLOAT")
    fine(cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_stereo", "--tail", "0"))
    np.testing.assert_array_equal(read(path.parent / "wet.wav")[0], np.stack([noise[0], noise[0]]))


def test_channels_that_do_not_fit_are_an_error(cli, dry):
    path, noise = dry
    soundfile.write(path, np.repeat(noise, 2, axis=0).T, 44100)
    done = cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_stereo")
    assert done.returncode == 2
    assert "takes 2 channels, but 4 arrive" in done.stderr


def test_auto_tail_lasts_until_it_is_quiet(cli, dry, read):
    path, noise = dry
    fine(
        cli(
            "render",
            path,
            "wet.wav",
            "--plugin",
            "delay_5s",
            "--set",
            "delay_seconds=1",
            "--set",
            "dry_wet_balance=0.5",
        )
    )
    wet, _ = read(path.parent / "wet.wav")
    assert wet.shape[1] >= noise.shape[1] + 11025
    assert np.abs(wet[:, -1000:]).max() < 1e-5


def test_midi_plays_without_an_input_file(cli, tmp_path, read):
    mido = pytest.importorskip("mido")
    song = mido.MidiFile()
    track = mido.MidiTrack()
    song.tracks.append(track)
    track += [mido.Message("note_on", note=60, time=0), mido.Message("note_off", note=60, time=480)]
    song.save(tmp_path / "song.mid")
    fine(cli("render", "out.wav", "--plugin", "null:", "--midi", "song.mid", "--tail", "0"))
    audio, rate = read(tmp_path / "out.wav")
    assert (rate, audio.shape) == (48000, (2, 24001))
    fine(cli("render", "out.wav", "--plugin", "null:", "--midi", "song.mid", "--sample-rate", "8000", "--tail", "1"))
    audio, rate = read(tmp_path / "out.wav")
    assert (rate, audio.shape) == (8000, (2, 4001 + 8000))


def test_state_is_restored(cli, dry, read, tmp_path):
    path, noise = dry
    with load(f"{AMP}#amp_stereo") as plugin:
        plugin.parameters["Gain"].value = 0.5
        (tmp_path / "half").write_bytes(plugin.state)
    fine(cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_stereo", "--state", "half", "--tail", "0"))
    np.testing.assert_array_equal(read(tmp_path / "wet.wav")[0], noise * np.float32(0.5))
    (tmp_path / "half").write_bytes(b"nonsense")
    done = cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_stereo", "--state", "half")
    assert done.returncode == 9


def test_the_kind_of_samples(cli, dry, tmp_path):
    path, noise = dry
    amp = ("--plugin", f"{AMP}#amp_stereo", "--tail", "0")
    fine(cli("render", path, "as-in.wav", *amp))
    fine(cli("render", path, "whole.wav", *amp, "--subtype", "pcm_24"))
    fine(cli("render", path, "lossless.flac", *amp))
    soundfile.write(path, noise.T, 44100, subtype="PCM_16")
    fine(cli("render", path, "as-in-16.wav", *amp))
    kinds = {
        name: soundfile.info(tmp_path / name).subtype
        for name in ("as-in.wav", "whole.wav", "lossless.flac", "as-in-16.wav")
    }
    assert kinds == {"as-in.wav": "FLOAT", "whole.wav": "PCM_24", "lossless.flac": "PCM_24", "as-in-16.wav": "PCM_16"}


def test_clipping_is_told(cli, dry):
    path, _ = dry
    done = cli("render", path, "wet.wav", "--plugin", f"{AMP}#amp_stereo", "--set", "gain=4", "--subtype", "PCM_16")
    assert done.returncode == 0
    assert "was cut off" in done.stderr


def test_a_file_may_be_rendered_onto_itself(cli, dry, read):
    path, noise = dry
    fine(cli("render", path, path, "--plugin", f"{AMP}#amp_stereo", "--set", "gain=0.5", "--tail", "0"))
    np.testing.assert_array_equal(read(path)[0], noise * np.float32(0.5))


def test_a_file_of_no_frames(cli, tmp_path):
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2), np.float32), 44100)
    fine(cli("render", "empty.wav", "wet.wav", "--plugin", f"{AMP}#amp_stereo", "--tail", "0"))
    info = soundfile.info(tmp_path / "wet.wav")
    assert (info.frames, info.channels) == (0, 2)


def test_new_files_have_ordinary_permissions(cli, dry, tmp_path):
    fine(cli("render", dry[0], "wet.wav", "--plugin", f"{AMP}#amp_stereo"))
    (tmp_path / "plain").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("wet.wav", "plain")}
    assert len(modes) == 1


@pytest.mark.parametrize(
    ("plugin", "code", "says"), [("crash", 5, "SIGSEGV"), ("late", 5, "SIGSEGV"), ("hang", 6, "did not answer")]
)
def test_a_plugin_that_fails_leaves_the_old_file(cli, dry, faults, tmp_path, plugin, code, says):
    (tmp_path / "wet.wav").write_text("old")
    before = sorted(tmp_path.iterdir())
    done = cli("render", dry[0], "wet.wav", "--plugin", f"{faults}#{plugin}", "--timeout", "1")
    assert done.returncode == code
    assert done.stdout == ""
    assert says in done.stderr.splitlines()[0]
    assert done.stderr.startswith(f"isobooth: Fault {plugin} ")
    assert (tmp_path / "wet.wav").read_text() == "old"
    assert sorted(tmp_path.iterdir()) == before


def test_on_crash_bypass_goes_on_without_the_plugin(cli, dry, faults, read):
    path, noise = dry
    done = cli("render", path, "wet.wav", "--plugin", f"{faults}#late", "--on-crash", "bypass", "--tail", "0")
    assert done.returncode == 0
    assert "bypassed from then on: Fault late died of SIGSEGV" in done.stderr
    wet, _ = read(path.parent / "wet.wav")
    np.testing.assert_array_equal(wet[:, :4096], 2 * noise[:, :4096])
    np.testing.assert_array_equal(wet[:, 5120:], noise[:, 5120:])


def test_what_a_plugin_prints_never_reaches_the_output(cli, dry, faults):
    fine(cli("render", dry[0], "wet.wav", "--plugin", f"{faults}#noisy"))


DRY, WET = "dry.wav", "wet.wav"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([DRY, WET, "--plugin", "no such plugin at all"], 3, "no plugin with the name"),
        ([DRY, WET, "--plugin", "/no/such.so"], 3, "/no/such.so"),
        ([DRY, WET, "--plugin", f"{AMP}#nothing"], 3, "nothing"),
        ([DRY, WET, "--plugin", ""], 2, "empty"),
        ([DRY, WET, "--plugin", "/etc/passwd"], 4, "/etc/passwd"),
        ([DRY, WET, "--plugin", "/etc"], 4, "/etc"),
        ([DRY, WET, "--plugin", f"vst3:{AMP}"], 4, "is not a VST3 plugin"),
        ([DRY, WET], 2, "--plugin"),
        ([DRY, WET, "--set", "a=1", "--plugin", "sc4"], 2, "applies to the --plugin before it"),
        ([DRY, WET, "--plugin", AMP + "#amp_mono", "--set", "gain"], 2, "NAME=VALUE"),
        ([DRY, WET, "--plugin", AMP + "#amp_mono", "--set", "gian=1"], 2, "did you mean 'Gain'"),
        ([DRY, WET, "--plugin", AMP + "#amp_mono", "--set", "gain=nan"], 2, "not at nan"),
        ([DRY, WET, "--plugin", AMP + "#amp_mono", "--set", "gain=-1"], 2, "-1"),
        ([DRY, WET, "--plugin", AMP + "#amp_mono", "--set", "gain=loud"], 2, "loud"),
        ([DRY, WET, "--plugin", "sc4", "--block-size", "0"], 2, "block_size"),
        ([DRY, WET, "--plugin", "sc4", "--block-size", "10000000"], 2, "block_size"),
        ([DRY, WET, "--plugin", "sc4", "--tail", "-1"], 2, "--tail"),
        ([DRY, WET, "--plugin", "sc4", "--tail", "nan"], 2, "--tail"),
        ([DRY, WET, "--plugin", "sc4", "--timeout", "0"], 2, "timeout"),
        ([DRY, WET, "--plugin", "sc4", "--sample-rate", "8000"], 2, "has 44100 Hz"),
        ([DRY, WET, "--plugin", "sc4", "--subtype", "LOUD"], 2, "known are"),
        ([DRY, WET, "more.wav", "--plugin", "sc4"], 2, "3 files are given"),
        ([WET, "--plugin", "sc4"], 2, "--midi"),
        ([WET, "--plugin", "null:", "--midi", "none.mid"], 7, "none.mid"),
        ([WET, "--plugin", "null:", "--midi", DRY], 7, "as MIDI"),
        ([WET, "--plugin", "null:", "--midi", "x", "--sample-rate", "nan"], 2, "whole number"),
        (["none.wav", WET, "--plugin", "sc4"], 7, "there is no such file"),
        (["notes.txt", WET, "--plugin", "sc4"], 7, "cannot be read as audio"),
        ([".", WET, "--plugin", "sc4"], 7, "cannot be read as audio"),
        ([DRY, "wet.xyz", "--plugin", "sc4"], 7, "is no audio format"),
        ([DRY, "wet", "--plugin", "sc4"], 7, "is no audio format"),
        ([DRY, "none/wet.wav", "--plugin", "sc4"], 7, "cannot be written"),
        ([DRY, "folder.wav", "--plugin", "sc4"], 7, "cannot be written"),
        ([DRY, WET, "--plugin", "sc4", "--state", "none"], 7, "none"),
    ],
)
def test_every_mistake_has_its_code_and_one_clear_line(here, dry, arguments, code, says):
    folder = dry[0].parent
    (folder / "notes.txt").write_text("text")
    (folder / "folder.wav").mkdir()
    done = here("render", *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert done.stdout == ""
    assert not (folder / WET).exists()
    assert not list(folder.glob(".isobooth-*"))
    if "usage:" not in done.stderr:
        assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_leaves_nothing(world, dry, faults):
    code = f"""
import os, signal, sys, threading
from isobooth.client.cli import main
threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
sys.exit(main(["render", {str(dry[0])!r}, "wet.wav", "--plugin", "{faults}#hang"]))
"""
    folder = Path(dry[0]).parent
    done = subprocess.run(
        [sys.executable, "-c", code], env=world, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr == "isobooth: interrupted\n"
    assert not (folder / "wet.wav").exists()
    assert not list(folder.glob(".isobooth-*"))

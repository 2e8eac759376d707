"""A preset sounds here as in other hosts: .fxp and .fxb files of VST2, presets of LV2.

The other hosts are the direct callers (tests/direct), which use nothing of isobooth, and jalv, where it is installed.
"""

import contextlib
import os
import shutil
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from isobooth.client import NoteOff, NoteOn, load
from tests.support import ROOT, plain, real_plugin, until

RATE, BLOCK, FRAMES = 48000, 256, 9600
NOTES = ((64, 0, 57, 100), (5000, 1, 57, 64), (64, 0, 64, 80))
"""Frame, on or off, key, velocity."""
MDA = "http://drobilla.net/plugins/mda/"

pytestmark = pytest.mark.real_plugin


def noise(channels, frames=FRAMES):
    return np.random.default_rng(5).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def played(plugin, audio):
    """What a plugin makes of audio or, without inputs, of notes."""
    if len(audio):
        return plugin.process(audio, outputs="all")
    return plugin.process(frames=audio.shape[1], events=events(), outputs="all")


def events():
    return [
        NoteOff(key, velocity=velocity / 127, time=time) if off else NoteOn(key, velocity=velocity / 127, time=time)
        for time, off, key, velocity in sorted(NOTES)
    ]


def notes():
    """The same for the other hosts."""
    return [(time, off, key, velocity / 127) for time, off, key, velocity in sorted(NOTES)]


def elsewhere(form, path, plugin_id, audio, folder, **given):
    """What a direct caller leaves; bytes and texts are given as they are."""
    source, target = folder / "in.npz", folder / "out.npz"
    packed = {name: one.encode() if isinstance(one, str) else one for name, one in given.items()}
    packed = {name: np.frombuffer(one, np.uint8) if isinstance(one, bytes) else one for name, one in packed.items()}
    if not len(audio):
        packed["notes"] = notes()
    np.savez(source, audio=audio, **packed)
    program = ROOT / "tests" / "direct" / f"{form}_direct.py"
    arguments = [str(path), plugin_id, str(RATE), str(BLOCK), "1", str(source), str(target)]
    subprocess.run([*plain(), sys.executable, str(program), *arguments], check=True, timeout=100)
    with np.load(target) as archive:
        return {name: archive[name] for name in archive.files}


# -- VST2 -------------------------------------------------------------------------------------------------------------


def program_file(plugin, kind, count, body):
    """An .fxp by hand."""
    numbers = (1, plugin.descriptor.unique_id, 1, count)
    return struct.pack(">4sI4s4I", b"CcnK", 48 + len(body), kind, *numbers) + b"By hand".ljust(28, b"\0") + body


def vst2(path):
    return load(f"vst2:{path}", sample_rate=RATE, block_size=BLOCK, timeout=30)


def settings(plugin):
    """A value for each parameter of a VST2 plugin, so that presets sound like nothing else."""
    count = sum(not parameter.info.is_bypass for parameter in plugin.parameters.values())
    return np.random.default_rng(9).uniform(0.2, 0.8, count).astype(np.float32)


@pytest.mark.parametrize("name", ["ZamComp", "ZamEQ2", "MVerb", "Nekobi", "DragonflyEarlyReflections"])
def test_a_program_of_values_sounds_as_in_a_direct_host(name, tmp_path):
    path = real_plugin(f"{name}-vst.so")
    with vst2(path) as plugin:
        audio = noise(plugin.descriptor.channels("input"))
        untouched = played(plugin, audio)
    with vst2(path) as plugin:
        values = settings(plugin)
        file = tmp_path / "By hand.fxp"
        file.write_bytes(program_file(plugin, b"FxCk", len(values), values.astype(">f4").tobytes()))
        plugin.load_preset(file)
        ours = played(plugin, audio)
    theirs = elsewhere("vst2", path, "", audio, tmp_path, program=file.read_bytes())
    assert ours.any()
    assert ours.tobytes() != untouched.tobytes()
    assert ours.tobytes() == theirs["audio"].tobytes()


@pytest.mark.parametrize("name", ["DragonflyHallReverb", "DragonflyPlateReverb"])
def test_a_program_that_is_a_chunk_sounds_as_in_a_direct_host(name, tmp_path):
    path = real_plugin(f"{name}-vst.so")
    with vst2(path) as plugin:
        audio, values = noise(plugin.descriptor.channels("input")), settings(plugin)
        untouched = played(plugin, audio)
    made = elsewhere("vst2", path, "", audio, tmp_path, params=np.arange(len(values)), values=values)
    with vst2(path) as plugin:
        chunk = made["chunk"].tobytes()
        file = tmp_path / "By hand.fxp"
        file.write_bytes(program_file(plugin, b"FPCh", len(values), struct.pack(">I", len(chunk)) + chunk))
        plugin.load_preset(file)
        ours = played(plugin, audio)
    theirs = elsewhere("vst2", path, "", audio, tmp_path, program=file.read_bytes())
    assert ours.tobytes() != untouched.tobytes()
    assert ours.tobytes() == theirs["audio"].tobytes()


@pytest.mark.parametrize("suffix", ["fxp", "fxb"])
@pytest.mark.parametrize("name", ["ZamDelay", "DragonflyRoomReverb"])
def test_what_is_saved_here_sounds_the_same_in_a_direct_host(name, suffix, tmp_path):
    path, file = real_plugin(f"{name}-vst.so"), tmp_path / f"Mine.{suffix}"
    with vst2(path) as plugin:
        audio = noise(plugin.descriptor.channels("input"))
        for number, value in enumerate(settings(plugin)):
            plugin.parameters[number] = value
        plugin.flush()
        plugin.save_preset(file)
    with vst2(path) as plugin:
        plugin.load_preset(file)
        ours = played(plugin, audio)
    theirs = elsewhere("vst2", path, "", audio, tmp_path, program=file.read_bytes())
    assert ours.tobytes() == theirs["audio"].tobytes()


# -- LV2 --------------------------------------------------------------------------------------------------------------


def lv2(path, uri, **options):
    return load(f"lv2:{path}#{uri}", **{"sample_rate": RATE, "block_size": BLOCK, "timeout": 30, **options})


@pytest.mark.parametrize(
    ("bundle", "uri", "which"),
    [
        ("mda.lv2", f"{MDA}Detune", "Out Of Tune"),
        ("mda.lv2", f"{MDA}Leslie", "Slow"),
        ("mda.lv2", f"{MDA}JX10", "Arctic Wind"),
        ("mda.lv2", f"{MDA}EPiano", "Bright"),
        ("ZaMultiCompX2.lv2", "urn:zamaudio:ZaMultiCompX2", "Presence"),
        ("ZamEQ2.lv2", "urn:zamaudio:ZamEQ2", "CarvedVox"),
    ],
)
def test_a_preset_of_the_list_sounds_as_lilv_restores_it(bundle, uri, which, tmp_path):
    path = real_plugin(bundle)
    with lv2(path, uri) as plugin:
        audio = noise(plugin.descriptor.channels("input"))
        untouched = played(plugin, audio)
    with lv2(path, uri) as plugin:
        plugin.load_preset(which)
        ours = played(plugin, audio)
        (preset,) = (one.id for one in plugin.presets if one.name == which)
    theirs = elsewhere("lv2", path, uri, audio, tmp_path, preset=preset)
    assert ours.any()
    assert ours.tobytes() != untouched.tobytes()
    assert ours.tobytes() == theirs["audio"].tobytes()


def unpacked(archive, folder):
    """The one bundle in an archive that save_preset() has written."""
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder)
    (found,) = folder.iterdir()
    return found


def preset_of(bundle):
    """The URI of the preset that a bundle holds: its file, which names itself by its place."""
    (file,) = (one for one in bundle.glob("*.ttl") if one.name != "manifest.ttl")
    return file.as_uri()


@pytest.mark.parametrize("plugin", [("ZamDelay.lv2", "urn:zamaudio:ZamDelay"), ("mda.lv2", f"{MDA}DX10")])
def test_a_preset_that_is_saved_here_sounds_as_lilv_restores_it(plugin, tmp_path):
    path, uri = real_plugin(plugin[0]), plugin[1]
    with lv2(path, uri) as one:
        audio = noise(one.descriptor.channels("input"))
        for parameter in one.parameters.values():
            if not parameter.is_output and not parameter.info.is_toggled:
                low, high = parameter.range
                parameter.value = low + 0.3 * (high - low)
        one.save_preset(tmp_path / "mine.zip", name="Mine")
    with lv2(path, uri) as one:
        one.load_preset(tmp_path / "mine.zip")
        ours = played(one, audio)
    bundle = unpacked(tmp_path / "mine.zip", tmp_path / "lv2")
    theirs = elsewhere("lv2", path, uri, audio, tmp_path, preset=preset_of(bundle), preset_folder=str(bundle))
    assert ours.any()
    assert ours.tobytes() == theirs["audio"].tobytes()


SAMPLER = "http://lv2plug.in/plugins/eg-sampler"


def wave(path, level):
    """A file for the sampler: full of one level, so that a single sample tells which file is played."""
    soundfile = pytest.importorskip("soundfile")
    path.parent.mkdir()
    soundfile.write(path, np.full(RATE, level, np.float32), RATE, subtype="FLOAT")
    return path


def plays(plugin, level):
    """Does a note sound at this level? The sampler's file comes from its worker."""

    def sounds():
        heard = plugin.process(frames=BLOCK, events=[NoteOn(60, time=0)])
        plugin.process(frames=RATE)
        return heard.max() == level

    return until(sounds)


def test_a_preset_with_a_file_sounds_the_same_after_its_folder_has_moved(tmp_path):
    path = real_plugin("eg-sampler.lv2")
    file = wave(tmp_path / "samples" / "level.wav", 0.625)
    with lv2(path, SAMPLER) as plugin:
        plugin.load_preset(file)
        assert plays(plugin, 0.625)
        plugin.save_preset(tmp_path / "mine.zip", name="Mine")
        state = plugin.state
    first = unpacked(tmp_path / "mine.zip", tmp_path / "lv2")
    shutil.rmtree(file.parent)
    with lv2(path, SAMPLER) as plugin:  # where it was saved to
        plugin.load_preset(first)
        assert plays(plugin, 0.625)
    moved = tmp_path / "elsewhere" / "on another disk" / first.name
    moved.parent.mkdir(parents=True)
    shutil.move(first, moved)
    with lv2(path, SAMPLER) as plugin:
        plugin.load_preset(moved)
        assert plays(plugin, 0.625)
        again = plugin.state
    silence, preset = np.zeros((0, FRAMES), np.float32), preset_of(moved)
    theirs = elsewhere("lv2", path, SAMPLER, silence, tmp_path, preset=preset, preset_folder=str(moved))
    assert theirs["audio"].max() == 0.625
    shutil.rmtree(moved)
    for blob in (state, again):
        with lv2(path, SAMPLER) as plugin:
            plugin.state = blob
            assert plays(plugin, 0.625)


# -- jalv -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def jack_server(log):
    """A JACK server of our own, without a sound card. Gives the environment of its clients."""
    name = f"isobooth-{os.getpid()}"
    own = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    command = ["jackd", "-r", "-n", name, "-d", "dummy", "-r", str(RATE), "-p", str(BLOCK)]
    server = subprocess.Popen(command, env=own, stdout=log, stderr=subprocess.STDOUT)
    try:
        assert until(lambda: not subprocess.run(["jack_lsp"], env=own, capture_output=True, check=False).returncode)
        yield own
    finally:
        server.terminate()
        server.wait(30)


def in_jalv(uri, audio, folder, *arguments, lines=()):
    """What jalv makes of it: some whole blocks late, as JACK brings it, and some blocks more."""
    if not all(map(shutil.which, ("jalv", "jackd", "jack_lsp"))):
        pytest.skip("jalv or jackd is not installed")
    source, target, log = folder / "in.npz", folder / "out.npz", folder / "jalv.txt"
    np.savez(source, audio=audio, **({} if len(audio) else {"notes": notes()}))
    program = ROOT / "tests" / "direct" / "jack_through.py"
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(jack_server(stack.enter_context((folder / "jackd.txt").open("wb"))))
        command = ["stdbuf", "-o0", "jalv", "-x", "-n", "listener", *arguments, uri]
        output = stack.enter_context(log.open("wb"))
        jalv = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        stack.callback(jalv.communicate)  # the end of its input ends it
        jalv.stdin.write("".join(f"{line}\n" for line in lines).encode())
        jalv.stdin.flush()
        assert until(lambda: log.read_bytes().count(b"> ") > len(lines)), log.read_text()
        subprocess.run([sys.executable, str(program), "listener", str(source), str(target)], check=True, env=own)
    with np.load(target) as archive:
        return archive["audio"]


def steady(plugin):
    """As jalv's plugin is by then, which has been running for a while."""
    plugin.process(np.zeros((plugin.descriptor.channels("input"), 400 * BLOCK), np.float32), outputs="all")


def check_alike(ours, theirs):
    """But for the blocks that JACK takes."""
    assert ours.any()
    late = [at for at in range(0, theirs.shape[1] - FRAMES + 1, BLOCK) if (theirs[:, at : at + FRAMES] == ours).all()]
    assert late, np.abs(theirs[:, BLOCK : BLOCK + FRAMES] - ours).max()


@pytest.mark.parametrize(("name", "which"), [("ZamEQ2", "CarvedVox"), ("ZamComp", "VocalLeveller")])
def test_a_preset_of_the_list_sounds_as_in_jalv(name, which, tmp_path):
    path, uri = real_plugin(f"{name}.lv2"), f"urn:zamaudio:{name}"
    with lv2(path, uri) as plugin:
        audio = noise(plugin.descriptor.channels("input"))
        plugin.load_preset(which)
        (preset,) = (one.id for one in plugin.presets if one.name == which)
        steady(plugin)
        ours = played(plugin, audio)
    check_alike(ours, in_jalv(uri, audio, tmp_path, lines=("presets", f"preset {preset}")))


def for_jalv(archive, folder):
    """The folder that jalv loads a preset of ours from: it wants the name that it gives such files itself."""
    bundle = unpacked(archive, folder)
    (file,) = (one for one in bundle.glob("*.ttl") if one.name != "manifest.ttl")
    file.rename(bundle / "state.ttl")
    return bundle


def test_a_preset_that_is_saved_here_sounds_as_in_jalv(tmp_path):
    path, uri, silence = real_plugin("mda.lv2"), f"{MDA}Piano", np.zeros((0, FRAMES), np.float32)
    with lv2(path, uri) as plugin:
        plugin.load_preset("Broken Piano")
        plugin.save_preset(tmp_path / "mine.zip", name="Mine")
        plugin.process(frames=400 * BLOCK)
        ours = played(plugin, silence)
    check_alike(ours, in_jalv(uri, silence, tmp_path, "-l", str(for_jalv(tmp_path / "mine.zip", tmp_path / "lv2"))))


def test_and_so_does_one_with_a_file(tmp_path):
    path, silence = real_plugin("eg-sampler.lv2"), np.zeros((0, FRAMES), np.float32)
    file = wave(tmp_path / "samples" / "level.wav", 0.625)
    with lv2(path, SAMPLER) as plugin:
        plugin.load_preset(file)
        assert plays(plugin, 0.625)
        plugin.save_preset(tmp_path / "mine.zip", name="Mine")
        plugin.process(frames=400 * BLOCK)
        ours = played(plugin, silence)
    shutil.rmtree(file.parent)
    check_alike(ours, in_jalv(SAMPLER, silence, tmp_path, "-l", str(for_jalv(tmp_path / "mine.zip", tmp_path / "lv2"))))

"""CLAP sources become bundles and native plugins that load here, sound alike, and are whole or not there."""

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import load
from isobooth.client.building import BuildError, Recipe, build_bundle, build_native, cmake_folder, find_compiler
from isobooth.client.building import compilers as compilers_module
from isobooth.client.cli import main
from isobooth.client.cli.exit_codes import ExitCode
from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.events import NoteOff, NoteOn
from tests.support import ROOT, absent

HEADERS = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
FILTER = ROOT / "demo" / "plugins" / "filter.c"
EXAMPLES = ROOT / "examples" / "wclap"
ORGAN = [EXAMPLES / "organ.cpp", EXAMPLES / "organ_clap.cpp"]
LONG = "ISOBOOTH_LONG_BUILDS"
"""Set to anything: build C++, and for other machines, for which zig compiles libraries first, for minutes."""
is_long = pytest.mark.skipif(not os.environ.get(LONG), reason=f"takes minutes: set {LONG}")
ZIG_CACHE = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(Path.home() / ".cache" / "zig")


@pytest.fixture(autouse=True)
def zig(monkeypatch):
    if importlib.util.find_spec("ziglang") is None:
        absent("the package ziglang")
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", ZIG_CACHE)


@pytest.fixture
def recipe():
    return Recipe([FILTER], [HEADERS], flags=["-std=gnu11", "-Wall", "-Wextra", "-Werror"])


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The filter as a bundle and natively."""
    if importlib.util.find_spec("ziglang") is None:
        absent("the package ziglang")
    folder = tmp_path_factory.mktemp("both")
    os.environ.setdefault("ZIG_GLOBAL_CACHE_DIR", ZIG_CACHE)
    recipe = Recipe([FILTER], [HEADERS])
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text("<p>Grüße</p>", encoding="utf-8")
    assert build_bundle(recipe, folder / "Filter.wclap", resources=folder / "pages") == ""
    assert build_native(recipe, folder / "Filter.clap") == ""
    return folder


def need_wasmtime():
    if importlib.util.find_spec("wasmtime") is None:
        absent("the package wasmtime")


def test_the_same_source_sounds_the_same(both):
    need_wasmtime()
    noise = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 30_000)).astype(np.float32)
    sounds, states = [], []
    for name in ("Filter.clap", "Filter.wclap"):
        with load(both / name, sample_rate=44100, block_size=256) as plugin:
            plugin.parameters["Cutoff"].value = 700.0
            sounds.append(plugin.process(noise))
            states.append(plugin.save_state())
    assert np.abs(sounds[0] - noise).max() > 0.1
    np.testing.assert_allclose(sounds[1], sounds[0], atol=1e-6, rtol=0)
    assert states[0] == states[1]


def test_a_bundle_holds_the_module_and_the_resources(both):
    assert {path.name for path in (both / "Filter.wclap").iterdir()} == {"module.wasm", "index.html"}
    assert (both / "Filter.wclap" / "module.wasm").read_bytes()[:4] == b"\0asm"
    assert not [path for path in both.iterdir() if path.name.startswith(".")]


def test_its_stack_is_a_mebibyte_whatever_the_linker_would_give(both):
    """The first global, the stack pointer, starts at the end of the stack: below it nothing lies that could be hit."""
    stack_pointer = b"\x7f\x01\x41\x80\x80\xc0\x00\x0b"  # (mut i32) (i32.const 1048576)
    assert (both / "Filter.wclap" / "module.wasm").read_bytes().count(stack_pointer) == 1


def test_linkers_of_llvm_put_the_stack_first_and_compiling_warns_of_nothing(recipe, tmp_path):
    record = tmp_path / "record"
    fake = tmp_path / "clang"
    fake.write_text(
        f'#!/bin/sh\necho "$@" >> {record}\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && : > "$2"; shift; done\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)
    compiler = compilers_module.Compiler("clang", (str(fake),), (str(fake),))
    build_bundle(recipe, tmp_path / "Filter.wclap", compiler=compiler)
    compiling, linking = record.read_text(encoding="utf-8").splitlines()
    assert "-Wl,--stack-first" in linking.split()
    assert "-mexec-model=reactor" in linking.split()
    assert "-mexec-model=reactor" not in compiling.split()  # clang says that it is unused there


def test_an_archive_is_a_bundle_and_the_same_each_time(both, recipe, tmp_path):
    need_wasmtime()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "._index.html").write_bytes(b"what macOS keeps")
    (tmp_path / "files" / "index.html").write_bytes(b"<p>")
    for name in ("a", "b"):
        build_bundle(recipe, tmp_path / f"{name}.wclap.tar.gz", resources=tmp_path / "files")
    members = []
    for name in ("a", "b"):
        with tarfile.open(tmp_path / f"{name}.wclap.tar.gz") as tar:
            members.append([(one.name, one.size, one.mtime, one.uid, one.mode) for one in tar.getmembers()])
    assert members[0] == members[1]
    assert [one[0] for one in members[0]] == ["index.html", "module.wasm"]
    with load(tmp_path / "a.wclap.tar.gz") as plugin:
        assert plugin.descriptor.name == "Demo Filter"


def test_a_new_bundle_takes_the_place_of_the_old_one_whole(recipe, tmp_path):
    target = tmp_path / "Filter.wclap"
    target.mkdir()
    (target / "module.wasm").write_bytes(b"old")
    (target / "gone.txt").write_bytes(b"old")
    build_bundle(recipe, target)
    assert [path.name for path in target.iterdir()] == ["module.wasm"]
    assert (target / "module.wasm").stat().st_mode & 0o777 == 0o644


def test_a_failure_leaves_the_old_bundle_as_it_was(recipe, tmp_path):
    target = tmp_path / "Filter.wclap"
    target.mkdir()
    (target / "module.wasm").write_bytes(b"old")
    broken = tmp_path / "broken.c"
    broken.write_text("int x = nonsense;\n", encoding="utf-8")
    with pytest.raises(BuildError, match="nonsense"):
        build_bundle(Recipe([FILTER, broken], recipe.include), target)
    assert (target / "module.wasm").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Filter.wclap", "broken.c"]


def test_sources_without_an_entry_are_told_so(tmp_path):
    source = tmp_path / "empty.c"
    source.write_text("int nothing_here;\n", encoding="utf-8")
    with pytest.raises(BuildError, match="(?s)clap_entry.*external linkage"):
        build_bundle(Recipe([source]), tmp_path / "Empty.wclap")


def test_missing_headers_are_named(tmp_path):
    source = tmp_path / "plugin.c"
    source.write_text("#include <clap/clap.h>\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"(?s)clap/clap\.h.*-I"):
        build_bundle(Recipe([source]), tmp_path / "Plugin.wclap")


@pytest.mark.parametrize(
    ("recipe", "target", "words"),
    [
        (Recipe([]), "A.wclap", "nothing to build"),
        (Recipe([Path("absent.c")]), "A.wclap", "no source file 'absent.c'"),
        (Recipe([EXAMPLES / "CMakeLists.txt"]), "A.wclap", "neither C nor C"),
        (Recipe([FILTER], [Path("absent")]), "A.wclap", "no folder 'absent'"),
        (Recipe([FILTER], [HEADERS]), "A.wasm", "Name.wclap"),
        (Recipe([FILTER], [HEADERS]), "Full.wclap", "is no bundle"),
    ],
)
def test_nonsense_is_refused_before_any_compiler_runs(recipe, target, words, tmp_path, monkeypatch):
    monkeypatch.setattr(compilers_module, "zig_command", lambda: pytest.fail("a compiler was looked for"))
    (tmp_path / "Full.wclap").mkdir()
    (tmp_path / "Full.wclap" / "diary.txt").write_bytes(b"mine")
    with pytest.raises(ArgumentError, match=words):
        build_bundle(recipe, tmp_path / target)
    assert (tmp_path / "Full.wclap" / "diary.txt").read_bytes() == b"mine"


def test_resources_must_be_a_folder_without_a_module(recipe, tmp_path):
    with pytest.raises(ArgumentError, match="no folder"):
        build_bundle(recipe, tmp_path / "A.wclap", resources=tmp_path / "absent")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "module.wasm").write_bytes(b"")
    with pytest.raises(ArgumentError, match="would be overwritten"):
        build_bundle(recipe, tmp_path / "A.wclap", resources=tmp_path / "files")


def test_without_a_compiler_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(compilers_module, "zig_command", lambda: None)
    for name in ("WASI_SDK_PATH", "WASI_SDK_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuildError, match=r"pip install .*apt-get install clang"):
        find_compiler()
    with pytest.raises(BuildError, match="'clang' is not here"):
        find_compiler("clang")
    with pytest.raises(BuildError, match="known are auto, zig"):
        find_compiler("tcc")


_MACHINES = [
    ("x86_64-windows-gnu", b"MZ", None),
    ("aarch64-macos", struct.pack("<I", 0xFEEDFACF), "Contents/MacOS/Filter"),
    ("aarch64-linux-gnu", b"\x7fELF\x02\x01", None),
]


@is_long
@pytest.mark.parametrize(("triple", "magic", "inside"), _MACHINES, ids=[machine[0] for machine in _MACHINES])
def test_other_machines_get_their_own_kind_of_library(recipe, tmp_path, triple, magic, inside):
    target = tmp_path / "Filter.clap"
    for _ in range(2):  # the second time, something is there
        build_native(recipe, target, triple=triple)
    library = target / inside if inside else target
    content = library.read_bytes()
    assert content.startswith(magic)
    assert b"clap_entry" in content
    assert (target / "Contents" / "Info.plist").is_file() == bool(inside)


def test_the_command_builds_both(tmp_path, capfd):
    arguments = [str(FILTER), "-I", str(HEADERS), "-o", str(tmp_path / "F.wclap"), "--native", str(tmp_path / "F.clap")]
    assert main(["wclap", "build", *arguments]) == ExitCode.OK
    out, err = capfd.readouterr()
    assert out.split() == [str(tmp_path / "F.wclap"), str(tmp_path / "F.clap")]
    assert err == ""
    assert (tmp_path / "F.wclap" / "module.wasm").is_file()
    assert (tmp_path / "F.clap").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], ExitCode.USAGE, "nothing to write"),
        ([str(FILTER), "-o", "F.wclap", "--target", "x86_64-windows"], ExitCode.USAGE, "--target is for"),
        (["absent.c", "-o", "F.wclap"], ExitCode.USAGE, "no source file"),
        ([str(FILTER), "-o", "F.wclap"], ExitCode.BUILD_FAILED, "formats/clap/abi.h"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capfd, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    assert main(["wclap", "build", *arguments]) == code
    assert words in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def cmake(*arguments):
    program = shutil.which("cmake", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        absent("cmake")
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cmake_builds_both_and_builds_again_what_changed(both, tmp_path):
    project = tmp_path / "project"
    (project / "ui").mkdir(parents=True)
    (project / "ui" / "index.html").write_bytes(b"<p>")
    shutil.copy(FILTER, project / "filter.c")
    (project / "name.h").write_text('#define NAME "Once"\n', encoding="utf-8")
    source = (project / "filter.c").read_text(encoding="utf-8").replace('"Demo Filter"', "NAME")
    (project / "filter.c").write_text(f'#include "name.h"\n{source}', encoding="utf-8")
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(tried C)\ninclude(Wclap)\n"
        f"wclap_add_plugin(filter NAME Filter SOURCES filter.c INCLUDES {HEADERS}"
        " RESOURCES ${CMAKE_CURRENT_SOURCE_DIR}/ui DEFINES SOMETHING=1 OPTIONS -std=gnu11)\n",
        encoding="utf-8",
    )
    build = tmp_path / "build"
    cmake(
        "-G",
        "Ninja",
        "-S",
        project,
        "-B",
        build,
        f"-DCMAKE_MODULE_PATH={cmake_folder()}",
        f"-DPython3_EXECUTABLE={sys.executable}",
    )
    for name in ("Once", "Twice"):
        (project / "name.h").write_text(f'#define NAME "{name}"\n', encoding="utf-8")
        later = time.time() + (5 if name == "Twice" else 0)
        os.utime(project / "name.h", (later, later))
        cmake("--build", build)
        assert name.encode() in (build / "Filter.clap").read_bytes()
        assert name.encode() in (build / "Filter.wclap" / "module.wasm").read_bytes()
    assert (build / "Filter.wclap" / "index.html").read_bytes() == b"<p>"


@is_long
def test_the_organ_in_c_plus_plus_sounds_the_same_and_cmake_builds_it(tmp_path):
    recipe = Recipe(ORGAN, [HEADERS], flags=["-Wall", "-Wextra", "-Werror"])
    build_bundle(recipe, tmp_path / "Organ.wclap")
    build_native(recipe, tmp_path / "Organ.clap")
    cmake(
        "-G",
        "Ninja",
        "-S",
        EXAMPLES,
        "-B",
        tmp_path / "b",
        f"-DCMAKE_MODULE_PATH={cmake_folder()}",
        f"-DPython3_EXECUTABLE={sys.executable}",
    )
    cmake("--build", tmp_path / "b")
    sounds = []
    for path in ("Organ.clap", "Organ.wclap", "b/Organ.clap", "b/Organ.wclap"):
        with load(tmp_path / path, sample_rate=48000, block_size=512) as plugin:
            plugin.parameters["Brightness"].value = 0.8
            notes = [NoteOn(60, 0.9, time=100), NoteOn(64, 0.5, time=700), NoteOff(60, time=9_000)]
            sounds.append(plugin.process(frames=20_000, events=notes))
    assert np.abs(sounds[0]).max() > 0.05
    for other in sounds[1:]:
        np.testing.assert_allclose(other, sounds[0], atol=1e-6, rtol=0)

"""Every way in which a file is no plugin has one clear reason, and none of them ends the process."""

import contextlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host.elf import Architecture, ElfError, ElfImage, open_elf, our_architecture
from isobooth.host.library import Library, explain, looks_like
from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from packages.host.tests.ladspa_player import absent, build


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def sound(folder):
    return build("ladspa_witness", folder)


def compiled(folder, name, text, *flags):
    if shutil.which("cc") is None:
        absent("there is no C compiler (cc)")
    target = folder / name
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", target, *flags]
    subprocess.run(command, input=text, text=True, check=True)
    return target


def refusal(path, kind=PluginLoadError):
    with pytest.raises(kind) as caught:
        Library(str(path))
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.phase == "load"
    return text


def patched(path, folder, at, value):
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    target = folder / f"patched-{at}-{value.hex()}.so"
    target.write_bytes(data)
    return target


# -- no file --------------------------------------------------------------------------------------------------------


def test_no_path():
    assert "no path was given" in refusal("", PluginNotFound)


@pytest.mark.parametrize("path", ["nowhere/at/all.so", "/etc/passwd/x.so"])
def test_no_file(path):
    text = refusal(path, PluginNotFound)
    assert path in text
    assert "isobooth list" in text


def test_paths_that_no_file_can_have():
    assert "is not a path" in refusal("a\0b", PluginNotFound)
    assert "File name too long" in refusal("x" * 5000)


def test_a_link_that_goes_in_circles(tmp_path):
    (tmp_path / "a.so").symlink_to("b.so")
    (tmp_path / "b.so").symlink_to("a.so")
    assert "cannot be reached" in refusal(tmp_path / "a.so")


def test_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.so")
    assert "is a device, pipe or socket" in refusal(tmp_path / "pipe.so")


def test_a_file_that_may_not_be_read():
    with tempfile.TemporaryDirectory() as open_folder:
        path = Path(open_folder, "secret.so")
        path.parent.chmod(0o711)
        path.write_bytes(b"\x7fELF")
        path.chmod(0)
        user = os.geteuid()
        if user == 0:  # who may read everything
            os.seteuid(65534)
        try:
            assert "Permission denied" in refusal(path)
        finally:
            os.seteuid(user)


# -- no library -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is an empty file"),
        (b"hello\n", "is a text file"),
        (b"#!/bin/sh\n", "is a script"),
        (b"MZ\x90\0" + bytes(100), "is a Windows library"),
        (b"\0asm\1\0\0\0", "is a WebAssembly module"),
        (b"!<arch>\n\0", "is a static library"),
        (b"/* GNU ld script */", "is a linker script"),
        (bytes(1000), "is not an ELF file"),
        (b"\x7fELF", "truncated"),
        (b"\x7fELF\x09\x01" + bytes(60), "damaged"),
        (b"\x7fELF\x02\x01" + bytes(60), "nothing to load"),
    ],
)
def test_other_files(tmp_path, content, reason):
    path = tmp_path / "plugin.so"
    path.write_bytes(content)
    assert reason in refusal(path)


def test_an_object_file_and_a_program(tmp_path, sound):
    subprocess.run(["cc", "-c", "-x", "c", "-", "-o", tmp_path / "x.o"], input="int x;", text=True, check=True)
    assert "object file" in refusal(tmp_path / "x.o")
    assert "not a shared library" in refusal(patched(sound, tmp_path, 16, struct.pack("<H", 2)))


def test_a_truncated_library_is_never_given_to_the_loader(tmp_path, sound):
    whole = sound.read_bytes()
    path = tmp_path / "short.so"
    for length in {1, 3, 5, 19, 20, 63, 64, 100, *range(200, len(whole), 501), len(whole) - 1}:
        path.write_bytes(whole[:length])
        refusal(path)
    path.write_bytes(whole + b"more")
    Library(str(path)).close()


@pytest.mark.parametrize(("machine", "name"), [(183, "ARM64"), (40, "ARM (32 bit)"), (9999, "machine number 9999")])
def test_a_library_for_another_machine(tmp_path, sound, machine, name):
    text = refusal(patched(sound, tmp_path, 18, struct.pack("<H", machine)))
    assert f"was built for {name}" in text
    assert str(our_architecture()) in text


def test_a_library_of_another_word_size(tmp_path):
    head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    (tmp_path / "x86.so").write_bytes(head + struct.pack("<8I", 1, 0, 0, 0, 84, 84, 5, 4096))
    assert "was built for x86 (32 bit); this host runs on " in refusal(tmp_path / "x86.so")


def test_names_of_architectures():
    assert str(Architecture(62, 64, "<")) == "x86-64"
    assert str(Architecture(62, 32, "<")) == "x86-64, 32 bit"
    assert str(Architecture(21, 64, ">")) == "PowerPC64, big endian"
    assert str(Architecture(3, 32, "<")) == "x86 (32 bit)"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_libraries_are_read_without_harm(sound, data):
    whole = bytearray(sound.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.one_of(st.integers(0, 800), st.integers(0, len(whole) - 1)))
        whole[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ElfError):
        image = ElfImage(bytes(whole))
        assert isinstance(image.exports, list)
        assert isinstance(image.needed, list)


# -- what the loader says -------------------------------------------------------------------------------------------


def test_a_missing_dependency(tmp_path):
    compiled(tmp_path, "libgone.so", "int gone(void) { return 1; }", "-Wl,-soname,libgone.so.7")
    path = compiled(tmp_path, "needy.so", "int gone(void); int f(void) { return gone(); }", f"-L{tmp_path}", "-lgone")
    text = refusal(path)
    assert "cause: libgone.so.7: cannot open shared object file" in text
    assert "install the package that provides libgone.so.7" in text


def test_an_undefined_symbol(tmp_path):
    text = refusal(
        compiled(tmp_path, "undone.so", "int nowhere_at_all(void); int f(void) { return nowhere_at_all(); }")
    )
    assert "undefined symbol: nowhere_at_all" in text
    assert "nothing that it links to defines nowhere_at_all" in text


def test_a_missing_symbol_version(tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    for place, version in ((new, "TOO_NEW_9.9"), (old, "OLD_1.0")):
        place.mkdir()
        (place / "map").write_text(f"{version} {{ global: *; }};")
        compiled(
            place, "libv.so", "int v(void) { return 1; }", "-Wl,-soname,libv.so", f"-Wl,--version-script={place}/map"
        )
    path = compiled(
        tmp_path, "late.so", "int v(void); int f(void) { return v(); }", f"-L{new}", "-lv", f"-Wl,-rpath,{old}"
    )
    text = refusal(path)
    assert "version `TOO_NEW_9.9' not found" in text
    assert "it was built for a newer system" in text


def test_hints_for_what_cannot_be_made_here():
    assert "newer system" in explain("p.so", "/lib/libc.so.6: version `GLIBC_9.9' not found (required by p.so)")
    assert "noexec" in explain("p.so", "p.so: failed to map segment from shared object")
    assert explain("p.so", "something else") == ""
    assert explain("/a/p.so", "/a/p.so: cannot open shared object file: Permission denied") == ""


def test_a_library_of_another_kind(tmp_path):
    path = compiled(tmp_path, "other.so", "int lv2_descriptor; int clap_entry; static int dssi_descriptor;")
    with Library(str(path)) as library, pytest.raises(PluginLoadError) as caught:
        library.entry("ladspa_descriptor", "LADSPA")
    text = str(caught.value)
    assert "exports no ladspa_descriptor: it is not a LADSPA plugin" in text
    assert "it looks like LV2 and CLAP" in text
    with Library(str(compiled(tmp_path, "plain.so", "int f;"))) as library, pytest.raises(PluginLoadError) as caught:
        library.entry("ladspa_descriptor", "LADSPA")
    assert "a library of another kind" in str(caught.value)
    assert looks_like(["UG_a_b_1", "ladspa_descriptor"]) == ["LADSPA", "the first LADSPA proposal (ladspa0)"]


# -- what works -----------------------------------------------------------------------------------------------------


def test_symbols(sound):
    with Library(str(sound)) as library:
        assert library.find("ladspa_descriptor") is not None
        assert library.find("nothing_of_the_kind") is None
        assert library.path == str(sound)
        assert {"ladspa_descriptor", "witness_alive"} <= set(library.exports())
        assert "instantiate" not in library.exports()
    library.close()


@pytest.mark.parametrize("style", ["sysv", "gnu", "both"])
def test_exports_with_either_hash_table(tmp_path, style):
    text = (
        'int one(void) { return 1; } int two = 2; extern int strlen(const char *); int f(void) { return strlen(""); }'
    )
    path = compiled(tmp_path, f"{style}.so", text, f"-Wl,--hash-style={style}", "-fno-builtin", "-w")
    with open_elf(str(path)) as image:
        assert {"one", "two", "f"} <= set(image.exports)
        assert "strlen" not in image.exports
        assert any(name.startswith("libc.") for name in image.needed)


def test_exports_of_a_library_that_exports_nothing(tmp_path):
    path = compiled(
        tmp_path, "none.so", "static int x; int *f(void) { return &x; }", "-fvisibility=hidden", "-nostdlib"
    )
    with open_elf(str(path)) as image:
        assert image.exports == []


def test_a_relative_path_and_one_that_is_not_utf8(tmp_path, sound, monkeypatch):
    shutil.copy(sound, tmp_path / "here.so")
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/odd-\xff.so")
    shutil.copy(sound, odd)
    monkeypatch.chdir(tmp_path)
    with Library("here.so") as library:
        assert library.path == str(tmp_path / "here.so")
    Library(odd).close()


def test_our_own_architecture():
    assert our_architecture() is not None
    with open_elf(sys.executable) as image:
        assert image.architecture == our_architecture()

"""The tools: reading apt's sources, measuring functions, what to paste."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tests.support import absent, compile_plugin
from tools import apt_sources, bootstrap, core_c, lint_rooms, newer, plugins, private_apt, provision

DEB822 = """\
# the main archive
Types: deb deb-src
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: https://disabled.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb https://comment.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] https://mirror.example/debian/ bookworm main
deb https://third.example/linux/debian bookworm stable
deb https://third.example/apt bookworm-pgdg main
deb-src https://source.example/debian bookworm main
"""


def debian(sources):
    return [source for source in sources if source.is_debian()]


def test_deb822_keeps_the_mirror_and_its_key_and_drops_everything_else():
    main, mirrors = debian(apt_sources.parse_deb822(DEB822))
    assert main.for_release("trixie") == textwrap.dedent(
        """\
        Types: deb
        URIs: https://mirror.example/debian
        Suites: trixie
        Components: main
        Signed-By:\x20
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         abc
        """
    )
    assert mirrors.address == "mirror+file:/etc/apt/mirrors/debian.list"


def test_one_line_format_keeps_debian_and_drops_third_parties():
    (main,) = debian(apt_sources.parse_one_line(ONE_LINE))
    assert main.address == "https://mirror.example/debian/"
    assert "Signed-By: /usr/share/keyrings/k.gpg" in main.for_release("trixie")


def test_sources_of_a_machine_are_read_in_both_formats(tmp_path):
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (parts / "debian.sources").write_text(DEB822)
    (parts / "old.sources.disabled").write_text(DEB822)
    text = apt_sources.debian_sources("trixie", tmp_path)
    assert text.count("Suites: trixie") == 3
    assert "third.example" not in text


def test_a_machine_without_debian_sources_gives_nothing(tmp_path):
    assert apt_sources.debian_sources("trixie", tmp_path) == ""


@pytest.mark.parametrize(
    ("typed", "passed"),
    [
        ([], ["-l"]),
        (["tests"], ["-s", "tests"]),
        (["lint", "tests", "--", "-x"], ["-s", "lint", "tests", "--", "-x"]),
        (["-l"], ["-l"]),
    ],
)
def test_bootstrap_hands_session_names_to_nox(typed, passed):
    assert bootstrap._translate(typed) == passed


def test_what_may_not_be_installed_is_named_with_one_line_per_system(monkeypatch):
    absent = provision.Need("liblilv", lambda: False, "liblilv-0-0", "lilv", "lilv")
    monkeypatch.setitem(provision.NEEDS, "lilv", absent)
    monkeypatch.setattr(provision.apt, "may_install", lambda: False)
    with pytest.raises(provision.Missing) as caught:
        provision.ensure(["lilv"])
    first, _, *systems = str(caught.value).splitlines()
    assert first == "Liblilv is missing, and may not be installed from here."
    assert [line.split(":")[0].strip() for line in systems] == ["Debian, Ubuntu", "Fedora", "Arch"]
    assert systems[0].endswith("apt-get install -y --no-install-recommends liblilv-0-0")


def test_c_functions_are_measured_with_their_signature():
    text = "int x;\n\nstatic int\nadd(int a,\n    int (*f)(int))\n{\n    return a;\n}\n"
    assert list(lint_rooms.c_functions(text)) == [("add", 3, 6)]


def test_python_functions_are_measured_without_decorators():
    text = "@d\ndef f(\n    a,\n):\n    def g():\n        pass\n    return g\n"
    assert list(lint_rooms.python_functions(text)) == [("f", 2, 6), ("g", 5, 2)]


def test_every_header_is_checked_but_the_parts_of_headers():
    names = {path.name for path in core_c.headers()}
    assert "layout.h" in names
    assert "layout.cdef.h" not in names


def test_plugins_are_only_reported_on_a_system_without_apt(monkeypatch):
    monkeypatch.setattr(plugins.apt, "available", lambda: False)
    report = plugins.provide("tests")
    assert report.missing
    assert "not a Debian system" in report.lines[0]


def test_plugins_of_a_folder_are_files_and_bundles_with_a_library(tmp_path):
    top = tmp_path / "usr" / "lib" / "vst3"
    for name, inside in (("A.vst3", "A.so"), ("B.vst3", "other.so")):
        (top / name / "Contents" / "x86_64-linux").mkdir(parents=True)
        (top / name / "Contents" / "x86_64-linux" / inside).touch()
    (top / "sub").mkdir()
    (top / "sub" / "C.vst3").touch()
    found = plugins.Cache(tmp_path).plugins("vst3")
    assert [path.name for path in found] == ["A.vst3", "C.vst3"]
    assert plugins.binary(found[0]) == found[0] / "Contents" / "x86_64-linux" / "A.so"
    assert plugins.Cache(tmp_path).plugins("clap") == []


def test_only_what_has_the_right_function_is_kept(tmp_path):
    code = "void *GetPluginFactory(void) { return 0; }"
    for name, text in (("good", code), ("bad", "int x;")):
        bundle = tmp_path / "tree" / "usr" / "lib" / "vst3" / f"{name}.vst3" / "Contents" / "x86_64-linux"
        bundle.mkdir(parents=True)
        compile_plugin(text, bundle / f"{name}.so")
    assert plugins._keep_loadable(tmp_path / "tree", tmp_path / "kept", "vst3", []) == "ok"
    assert [path.name for path in plugins.Cache(tmp_path / "kept").plugins("vst3")] == ["good.vst3"]
    assert plugins._keep_loadable(tmp_path / "tree", tmp_path / "kept", "clap", []) == ""


DEPENDS = """\
plugin
  Depends: libc6
 |Depends: libglx-vendor
  Depends: <libglx-other>
  Depends: data
libc6
  PreDepends: libgcc-s1
    libgcc-s1
libgcc-s1
  Depends: libc6
<libglx-other>
    libglx-mesa0
"""


def test_dependencies_keep_the_first_alternative():
    graph = private_apt.parse_depends(DEPENDS)
    assert graph["plugin"] == ["libc6", "libglx-vendor", "data"]
    assert graph["libc6"] == ["libgcc-s1"]


def test_closure_follows_what_is_wanted_and_ends_in_a_circle(tmp_path, monkeypatch):
    monkeypatch.setattr(private_apt.apt, "output", lambda _command: DEPENDS)
    private = private_apt.PrivateApt(tmp_path, "")
    assert private.closure(["plugin"], newer._wanted) == ["libc6", "libgcc-s1", "libglx-vendor"]


def test_programs_start_with_the_newer_c_library():
    script = newer.runner(plugins.Cache().newer)
    if not script.exists():
        if plugins.Cache().plugins("vst3"):  # the machine's own is new enough for everything
            pytest.skip("this machine needs no newer C library")
        absent("the newer C library")
    code = "import os, sys; print(os.confstr('CS_GNU_LIBC_VERSION'), sys.prefix, sys.argv[1:])"
    outputs = [
        subprocess.run([*command, sys.executable, "-c", code, "a b"], capture_output=True, text=True, check=True).stdout
        for command in ([], [str(script)])
    ]
    (_, old, here), (_, new, there) = (text.split(maxsplit=2) for text in outputs)
    assert [int(n) for n in new.split(".")] > [int(n) for n in old.split(".")]
    assert here == there == f"{sys.prefix} ['a b']\n"
    done = subprocess.run([str(script), "no-such-program"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (127, f"{script}: there is no program no-such-program\n")

import sys
import sysconfig
from pathlib import Path

import pytest

from isobooth.protocol.errors import HostNotFound
from isobooth.protocol.hostcommand import find_host_command


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.delenv("ISOBOOTH_HOST", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "interpreter" / "python"))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "scripts"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_the_variable_may_name_a_path(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "host")
    monkeypatch.setenv("ISOBOOTH_HOST", str(program))
    assert find_host_command() == [str(program)]


def test_the_variable_may_name_a_path_with_spaces(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "my host" / "isobooth host")
    monkeypatch.setenv("ISOBOOTH_HOST", str(program))
    assert find_host_command() == [str(program)]


def test_the_variable_may_hold_a_command_line(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "a b" / "python")
    monkeypatch.setenv("ISOBOOTH_HOST", f"'{program}' -m 'isobooth.host'")
    assert find_host_command() == [str(program), "-m", "isobooth.host"]


def test_the_first_word_of_a_command_line_is_looked_up_on_path(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "path" / "wrapper")
    monkeypatch.setenv("ISOBOOTH_HOST", "wrapper --now")
    assert find_host_command() == [str(program), "--now"]


def test_a_relative_path_becomes_absolute(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "here" / "host")
    monkeypatch.chdir(nothing_installed)
    monkeypatch.setenv("ISOBOOTH_HOST", "here/host")
    assert find_host_command() == [str(program)]


def test_the_home_folder_is_expanded(nothing_installed, monkeypatch):
    program = make_program(nothing_installed / "host")
    monkeypatch.setenv("HOME", str(nothing_installed))
    monkeypatch.setenv("ISOBOOTH_HOST", "~/host")
    assert find_host_command() == [str(program)]


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("/no/such/host", "does not exist"),
        ("/no/such/host --option", "does not exist"),
        ("/etc", "is a folder"),
        ("/etc/passwd", "is not executable"),
        ("no-such-program", "there is no program 'no-such-program'"),
        ("'unfinished", "No closing quotation"),
        ("''", "there is no program ''"),
    ],
)
def test_a_variable_that_names_nothing_to_run_is_an_error_without_a_way_round(
    nothing_installed, monkeypatch, value, cause
):
    make_program(nothing_installed / "scripts" / "isobooth-host")
    monkeypatch.setenv("ISOBOOTH_HOST", value)
    with pytest.raises(HostNotFound) as caught:
        find_host_command()
    assert "ISOBOOTH_HOST" in str(caught.value)
    assert value in str(caught.value) or repr(value) in str(caught.value)
    assert cause in str(caught.value)


def test_a_link_to_nothing_is_named_as_such(nothing_installed, monkeypatch):
    link = nothing_installed / "link"
    link.symlink_to(nothing_installed / "gone")
    monkeypatch.setenv("ISOBOOTH_HOST", str(link))
    with pytest.raises(HostNotFound, match="link to nothing"):
        find_host_command()


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_counts_as_unset(nothing_installed, monkeypatch, empty):
    program = make_program(nothing_installed / "scripts" / "isobooth-host")
    monkeypatch.setenv("ISOBOOTH_HOST", empty)
    assert find_host_command() == [str(program)]


def test_scripts_come_before_the_interpreters_folder_and_that_before_path(nothing_installed):
    last = make_program(nothing_installed / "path" / "isobooth-host")
    assert find_host_command() == [str(last)]
    second = make_program(nothing_installed / "interpreter" / "isobooth-host")
    assert find_host_command() == [str(second)]
    first = make_program(nothing_installed / "scripts" / "isobooth-host")
    assert find_host_command() == [str(first)]
    first.chmod(0o644)
    assert find_host_command() == [str(second)]


def test_an_interpreter_without_a_path_is_passed_over(nothing_installed, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    program = make_program(nothing_installed / "path" / "isobooth-host")
    assert find_host_command() == [str(program)]


def test_the_error_names_every_place_and_what_to_do(nothing_installed):
    with pytest.raises(HostNotFound) as caught:
        find_host_command()
    text = str(caught.value)
    for place in ("scripts/isobooth-host", "interpreter/isobooth-host", f"PATH ({nothing_installed}/path)"):
        assert place in text
    assert "pip install isobooth-host" in text
    assert "isobooth-client[host]" in text
    assert isinstance(caught.value, FileNotFoundError)

import json
import os
import pty
import subprocess
import sys

import jsonschema
import pytest

from isobooth.protocol.schema import schema
from isobooth.scan.__main__ import main


def test_plugins_to_standard_output_and_problems_to_standard_error(fake_host, files, capsys):
    fake_host("sys.exit(7) if behaviour == 'bad' else report(plugins=[plugin(behaviour)])")
    folder = files("a.clap", "bad.clap")
    assert main([str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == f"clap:{folder}/a.clap#a\ta\n"
    assert "bad.clap: the host process ended with exit status 7" in err
    assert "1 plugins in 1 files, 1 problems" in err


def test_names_that_are_no_single_line_are_one(fake_host, files, capsys):
    fake_host(
        "name = 'A\\n\\x1b[31mB'\nreport(plugins=[plugin(name)], warnings=[{'path': option('--path'), 'reason': name}])"
    )
    folder = files("new\nline.clap")
    assert main([str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == f"clap:{folder}/new line.clap#A  [31mB\tA  [31mB\n"
    assert err == f"{folder}/new line.clap: A  [31mB\n1 plugins in 1 files, 1 problems\n"


def test_json_keeps_to_its_schema(fake_host, files, capsys):
    assert main(["--json", str(files("a.clap"))]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("catalogue"))
    assert found["plugins"][0]["id"] == "a"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["/no/such"], 3, "there is no file or folder /no/such"),
        (["--format", "vst3"], 4, "cannot load vst3"),
        (["--timeout", "0"], 2, "timeout"),
        (["--timeout", "nan"], 2, "timeout"),
        (["--jobs", "0"], 2, "jobs"),
    ],
)
def test_exit_codes(fake_host, arguments, code, says, capsys):
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert len(err.splitlines()) == 1


def test_no_host_has_a_code_of_its_own(monkeypatch, capsys):
    monkeypatch.setenv("ISOBOOTH_HOST", "/no/such/host")
    assert main([]) == 8
    assert "ISOBOOTH_HOST" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--format", "nonsense"], ["--timeout", "x"], ["--nonsense"]])
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_help_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "exit codes:" in out
    assert "  8    there is no isobooth-host" in out


def run(*arguments, **more):
    return subprocess.run([sys.executable, "-m", "isobooth.scan", *arguments], text=True, check=False, **more)


def test_a_pipe_sees_no_progress(fake_host, files):
    done = run(str(files("a.clap")), capture_output=True)
    assert done.returncode == 0
    assert done.stderr == "1 plugins in 1 files, 0 problems\n"


def test_a_reader_that_goes_away_is_no_error(fake_host, files):
    fake_host("report(plugins=[plugin(str(number)) for number in range(20000)])")
    command = f"{sys.executable} -m isobooth.scan {files('a.clap')} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Error" not in done.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_terminal_sees_progress(fake_host, files, options):
    pytest.importorskip("rich")
    folder = files("a.clap", "b.clap")
    ours, theirs = pty.openpty()
    try:
        done = run(*options, str(folder), stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part
    finally:
        os.close(ours)
    assert done.returncode == 0
    assert b"2/2" in seen
    if options:
        jsonschema.validate(json.loads(done.stdout), schema("catalogue"))
    else:
        assert len(done.stdout.splitlines()) == 2

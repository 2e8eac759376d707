import json
import os
import pty
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from isobooth.client.cli import COMMANDS
from isobooth.client.cli.exit_codes import MEANINGS, ExitCode, FileError, exit_code, table
from isobooth.protocol import errors
from isobooth.protocol.schema import schema
from isobooth.scan.__main__ import EXIT_CODES as SCAN_EXIT_CODES
from isobooth.scan.cache import Blocked, Cache, Entry, Identity


def printed(done, name):
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema(name))
    return found


def test_the_table_of_exit_codes_is_whole_and_distinct():
    assert set(MEANINGS) == set(ExitCode)
    assert len(set(MEANINGS.values())) == len(MEANINGS)
    assert [exit_code(kind("x")) for kind in (errors.HostNotFound, errors.HostFailed, errors.IncompatiblePeer)] == [
        8,
        8,
        8,
    ]
    assert exit_code(errors.PluginNotFound("x")) == 3
    assert exit_code(errors.UnsupportedFormat("x")) == exit_code(errors.PluginLoadError("x")) == 4
    assert exit_code(errors.PluginCrashed(errors.CrashReport("x"))) == 5
    assert exit_code(errors.PluginTimeout("x", "process", 1.0)) == exit_code(errors.ChannelTimeout("x")) == 6
    assert exit_code(FileError("x")) == 7
    assert exit_code(errors.StateError("x")) == 9
    assert exit_code(errors.ParameterError("x")) == exit_code(errors.LocatorError("x")) == 2
    assert exit_code(KeyboardInterrupt()) == 130
    assert exit_code(ZeroDivisionError()) == 1


def test_isobooth_scan_uses_the_same_codes():
    for code, _, kinds in SCAN_EXIT_CODES:
        for kind in kinds:
            assert exit_code(kind("x")) == code


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_ends_with_the_exit_codes(cli, command):
    done = cli(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith(table())
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["list", "--nonsense"], ["info"], ["list", "--format", "x"]])
def test_wrong_usage(cli, arguments):
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: isobooth" in done.stderr


def test_version(cli):
    done = cli("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("isobooth ")


def test_list_in_a_pipe_is_a_line_for_each_with_tabs(cli):
    done = cli("list", "--format", "ladspa")
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert {row[0] for row in rows} == {"ladspa"}
    assert ["ladspa", "Mono Amplifier", "Richard Furse (LADSPA example plugins)"] in [row[:3] for row in rows]
    for row in rows:
        assert re.fullmatch(r"ladspa:/.*\.so#.+", row[3])
    assert done.stderr == ""


def test_a_locator_that_list_prints_is_understood(cli):
    locator = cli("list", "--name", "sc4").stdout.splitlines()[0].split("\t")[3]
    assert printed(cli("info", locator, "--json"), "plugin-descriptor")["id"] == "sc4"


def test_list_as_json_with_filters(cli):
    everything = printed(cli("list", "--format", "ladspa", "--json"), "catalogue")["plugins"]
    amps = printed(cli("list", "--format", "ladspa", "--name", "AMPLIFIER", "--json"), "catalogue")["plugins"]
    assert {one["id"] for one in amps} == {"amp_mono", "amp_stereo"}
    assert len(everything) > len(amps)
    harris = printed(cli("list", "--vendor", "harris", "--format", "ladspa", "--json"), "catalogue")["plugins"]
    assert [one["id"] for one in harris] == ["sc4"]
    stereo = printed(cli("list", "--feature", "stereo", "--format", "ladspa", "--json"), "catalogue")["plugins"]
    assert "sc4" in {one["id"] for one in stereo}
    assert "amp_mono" not in {one["id"] for one in stereo}


def test_list_of_a_format_that_the_host_cannot_load(cli, tmp_path):
    older = tmp_path / "older-host"
    older.write_text("""#!/bin/sh\n[ "$1" = --formats ] && echo '["clap"]' && exit\necho isobooth-host 0.0.1\n""")
    older.chmod(0o755)
    done = cli("list", "--format", "wclap", ISOBOOTH_HOST=str(older))
    assert done.returncode == 4
    assert "cannot load wclap plugins" in done.stderr


def test_info_as_text_and_json(cli):
    text = cli("info", "sc4")
    assert text.returncode == 0
    assert "name:         SC4\n" in text.stdout
    assert "\nthreshold_level_db\tThreshold level (dB)\t-30 … 0\t" in text.stdout
    found = printed(cli("info", "ladspa:1882", "--json"), "plugin-descriptor")
    assert found["path"].endswith("sc4_1882.so")
    assert {one["identifier"] for one in found["parameters"]} >= {"threshold_level_db", "ratio_1_n"}


def test_info_of_the_null_plugin(cli):
    assert printed(cli("info", "null:", "--json"), "plugin-descriptor")["format"] == "null"


@pytest.mark.parametrize(
    ("locator", "code", "says"),
    [
        ("Mono Amplifer", 3, "did you mean 'Mono Amplifier'"),
        ("/no/such.so", 3, "/no/such.so"),
        ("/etc/passwd", 4, "/etc/passwd holds no plugin"),
        ("/usr/lib/ladspa/amp.so", 2, "ladspa:/usr/lib/ladspa/amp.so#amp_mono"),
        ("/usr/lib/ladspa/amp.so#amp_mno", 3, "did you mean 'amp_mono'"),
        ("clap:", 2, "names a format but no plugin"),
        ("", 2, "empty"),
    ],
)
def test_info_of_what_is_no_plugin(here, locator, code, says):
    done = here("info", locator)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_scan_of_a_folder_tells_what_is_wrong_with_its_files(cli, tmp_path, faults):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "good.so").symlink_to("/usr/lib/ladspa/amp.so")
    (tmp_path / "p" / "text.so").write_text("text")
    (tmp_path / "p" / "short.so").write_bytes(faults.read_bytes()[:100])
    (tmp_path / "p" / "empty.so").touch()
    (tmp_path / "p" / "gone.so").symlink_to("nowhere")
    found = printed(cli("scan", "p", "--json"), "catalogue")
    assert [one["id"] for one in found["plugins"]] == ["amp_mono", "amp_stereo"]
    problems = {Path(one["path"]).name for one in found["problems"]}
    assert problems >= {"text.so", "short.so", "empty.so", "gone.so"}
    text = cli("scan", "p", "--rescan")
    assert text.returncode == 0
    assert f"ladspa:{tmp_path}/p/good.so#amp_mono\tMono Amplifier\n" in text.stdout
    assert "text.so" in text.stderr
    assert "2 plugins in 1 files" in text.stderr


def test_scan_of_nothing(cli):
    assert cli("scan", "/no/such").returncode == 3


def test_doctor(cli):
    found = printed(cli("doctor", "--json"), "doctor")
    assert found["ok"] is True
    checks = {one["name"]: one for one in found["checks"]}
    assert "came back as it was" in checks["round trip"]["value"]
    assert checks["python"]["value"].endswith(sys.executable)
    formats = {one["format"]: one for one in found["formats"]}
    assert formats["ladspa"]["available"]
    assert formats["ladspa"]["existing_paths"]
    text = cli("doctor")
    assert text.returncode == 0
    assert "round trip" in text.stdout


def test_doctor_names_blocked_plugins_and_each_file_once(here, tmp_path):
    where = {"ISOBOOTH_CACHE_DIR": str(tmp_path / "cache")}
    cache = Cache(tmp_path / "cache")
    for name, ids in ("many.so", ("a", "b")), ("one.so", ("", "")):
        entry = Entry("ladspa", f"/x/{name}", Identity(1, 1, 1), "host", int(time.time()))
        entry.blocked = [Blocked("it crashed", "crash", 30, 2048, plugin_id=one) for one in ids]
        cache.put(entry)
    cache.save()
    found = printed(here("doctor", "--json", **where), "doctor")
    [check] = [one for one in found["checks"] if one["name"] == "blocked files"]
    assert check["value"] == "3: /x/many.so#a, /x/many.so#b, /x/one.so"
    assert check["ok"] is False


def test_a_list_needs_neither_numpy_nor_asyncio(world, tmp_path):
    code = (
        "import sys\n"
        "from isobooth.client.cli import main\n"
        "main(['list', '--format', 'ladspa'])\n"
        "print(sorted({'numpy', 'asyncio', 'isobooth.client.plugin'} & sys.modules.keys()), file=sys.stderr)\n"
        "import isobooth.client\n"
        "from isobooth.client import *\n"
        "print(load.__name__, 'Plugin' in dir(isobooth.client), isobooth.client.__version__ > '', file=sys.stderr)\n"
        "isobooth.client.no_such_name"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=world, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert "Mono Amplifier" in done.stdout
    first, second, *_, last = done.stderr.splitlines()
    assert (first, second) == ("[]", "load True True")
    assert last == "AttributeError: module 'isobooth.client' has no attribute 'no_such_name'"


def test_bench(cli):
    found = printed(cli("bench", "--blocks", "300", "--json"), "bench")
    assert [row["frames"] for row in found["rows"]] == [64, 256]
    assert all(0 < row["median_us"] <= row["p99_us"] <= row["max_us"] for row in found["rows"])
    assert len(cli("bench", "--blocks", "10").stdout.splitlines()) == 2
    assert cli("bench", "--blocks", "0").returncode == 2


@pytest.mark.parametrize("command", [["list"], ["info", "sc4"], ["scan"]])
@pytest.mark.parametrize("host", ["/no/such/host", "/etc/passwd"])
def test_no_host(here, command, host, tmp_path):
    done = here(*command, ISOBOOTH_HOST=host, ISOBOOTH_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 8
    assert done.stdout == ""
    assert host in done.stderr.splitlines()[0]


@pytest.mark.parametrize("host", ["/no/such/host", "/etc/passwd"])
def test_no_host_to_load_with(cli, host):
    done = cli("bench", "--blocks", "1", ISOBOOTH_HOST=host)
    assert done.returncode == 8
    assert host in done.stderr.splitlines()[0]


def test_a_program_that_is_no_host(here, tmp_path):
    for program in ("/bin/true", "/bin/false", "/bin/cat"):
        done = here("list", ISOBOOTH_HOST=program, ISOBOOTH_CACHE_DIR=str(tmp_path / "cache"))
        assert done.returncode == 8, (program, done)
        assert program in done.stderr


def test_doctor_without_a_host_says_so(cli):
    done = cli("doctor", "--json", ISOBOOTH_HOST="/no/such/host")
    assert done.returncode == 8
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema("doctor"))
    assert found["ok"] is False
    host = next(one for one in found["checks"] if one["name"] == "host")
    assert "/no/such/host" in host["hint"]
    assert "/no/such/host" in cli("doctor", ISOBOOTH_HOST="/no/such/host").stderr


def test_a_reader_that_goes_away_is_no_error(world):
    command = f"{shlex.quote(sys.executable)} -m isobooth.client.cli info sc4 --json | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=world, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.parametrize(("where", "code"), [(">&-", 0), (">/dev/full", 1), (">&- 2>&-", 0)])
def test_an_output_that_takes_nothing_is_no_traceback(world, where, code):
    command = f"{shlex.quote(sys.executable)} -m isobooth.client.cli list --format ladspa {where}"
    done = subprocess.run(["bash", "-c", command], env=world, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (1 if code else 0)


def test_a_terminal_sees_a_table(world):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "isobooth.client.cli", "list", "--format", "ladspa"],
        env={**world, "COLUMNS": "160", "TERM": "xterm"},
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # what Linux says at the end of a terminal
                break
            if not part:
                break
            seen += part
    os.close(ours)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode())
    assert re.search(r"^format +name +vendor +locator", text)
    assert "Mono Amplifier" in text
    assert "\t" not in text


def test_an_unexpected_error_is_a_line_and_on_wish_a_traceback(world, tmp_path):
    code = (
        "import sys, isobooth.client.cli.list as command\n"
        "command.scan = lambda **_: 1 / 0\n"
        "from isobooth.client.cli import main\n"
        "sys.exit(main(['list']))"
    )
    for wish, lines in ({}, 1), ({"ISOBOOTH_TRACEBACK": "1"}, None):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**world, **wish},
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 1
        assert "isobooth: ZeroDivisionError: division by zero" in done.stderr
        assert lines is None or len(done.stderr.splitlines()) == lines
        assert ("Traceback" in done.stderr) == bool(wish)

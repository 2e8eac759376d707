import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import HostFailed
from isobooth.protocol.hostcommand import find_host_command
from isobooth.scan.probe import Stopped, probe, run_host, sweep


def run(path="x.so", timeout=30.0, **more):
    return probe(find_host_command(), "ladspa", path, timeout=timeout, **more)


def is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def open_files():
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def wait_gone(pid):
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


def test_a_report_comes_back(fake_host):
    fake_host("print('noise'); report(plugins=[plugin('amp')])")
    result = run()
    assert isinstance(result, ScanReport)
    assert [one.id for one in result.plugins] == ["amp"]
    assert result.errors == result.warnings == []


def test_the_host_is_told_what_to_do(fake_host, tmp_path):
    fake_host(f"open({str(tmp_path / 'argv')!r}, 'w').write('\\n'.join(sys.argv[1:])); report()")
    run("/some where/x.so", timeout=2.5)
    words = (tmp_path / "argv").read_text().splitlines()
    assert words[:5] == ["--scan", "--format", "ladspa", "--path", "/some where/x.so"]
    assert words[5] == "--output"
    assert words[7:] == ["--timeout", "2.5", "--memory", "2048", "--parent", str(os.getpid())]


def test_standard_input_is_empty_and_the_session_is_its_own(fake_host, tmp_path):
    fake_host(
        f"seen = open({str(tmp_path / 'seen')!r}, 'w')\n"
        "seen.write(f'{sys.stdin.read()!r} {os.getsid(0) == os.getpid()}')\n"
        "report()"
    )
    run()
    assert (tmp_path / "seen").read_text() == "'' True"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "died of SIGSEGV, and left no report"),
        ("os.kill(os.getpid(), 40)", "died of signal 40"),
        ("sys.exit(7)", "ended with exit status 7, and left no report"),
        ("sys.exit(0)", "ended well, and left no report"),
        ("open(option('--output'), 'w').write('{\"format\": ')", "its report is not valid"),
        ("open(option('--output'), 'wb').write(b'\\xff\\xfe')", "its report is not valid"),
        ("report(format='clap')", "its report is about the format 'clap'"),
        ("report(plugins=[{'id': 7}])", "its report is not valid"),
        ("os.mkfifo(option('--output'))", "left no report"),
        ("os.symlink('/dev/zero', option('--output'))", "left no report"),
        ("os.mkdir(option('--output'))", "left no report"),
    ],
)
def test_anything_but_a_report_is_a_problem_that_says_how_it_ended(fake_host, code, says):
    fake_host(f"print('last words', flush=True)\n{code}")
    result = run("/x/y.so")
    assert isinstance(result, ScanProblem)
    assert result.path == "/x/y.so"
    assert says in result.reason
    assert result.reason.endswith("it printed: last words")


def test_a_crash_after_a_whole_report_is_a_warning(fake_host):
    fake_host("report(plugins=[plugin('amp')]); os.kill(os.getpid(), signal.SIGABRT)")
    result = run()
    assert isinstance(result, ScanReport)
    assert [one.id for one in result.plugins] == ["amp"]
    assert "died of SIGABRT" in result.warnings[0].reason


def test_what_the_plugin_printed_is_added_to_a_crash_that_the_host_reports(fake_host):
    fake_host(
        "print('oh no'); print('isobooth-host: own line')\n"
        "report(errors=[{'path': 'x', 'reason': 'died'}]); sys.exit(3)"
    )
    assert run().errors[0].reason == "died - it printed: oh no"


def test_a_flood_is_bounded_and_stripped_of_control_characters(fake_host):
    fake_host(
        "for _ in range(20000): print('x' * 500)\nsys.stdout.buffer.write(b'\\x1b[31m\\xffred\\x00\\n'); sys.exit(1)"
    )
    result = run()
    assert len(result.reason) < 1000
    assert result.reason.endswith("[31m\ufffdred")


def test_a_hang_is_killed_with_everything_that_it_started(fake_host, tmp_path, monkeypatch):
    monkeypatch.setattr("isobooth.scan.probe._GRACE_SECONDS", 0.0)
    monkeypatch.setattr("isobooth.scan.probe._TOTAL", 1)
    fake_host(
        "for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(sig, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('waiting', flush=True)\n"
        "time.sleep(1000)"
    )
    result = run(timeout=1.0)
    assert "did not end within 1 s and was killed" in result.reason
    assert "waiting" in result.reason
    for pid in (tmp_path / "pids").read_text().split():
        assert wait_gone(int(pid))


def test_a_child_that_keeps_the_output_open_does_not_keep_us(fake_host, tmp_path):
    fake_host(
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "report(); os._exit(0)"
    )
    assert isinstance(run(), ScanReport)
    assert wait_gone(int((tmp_path / "pid").read_text()))


def test_a_wish_to_stop_ends_the_process(fake_host, tmp_path):
    fake_host(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(1000)")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Stopped):
        run(stop=stop)
    pid = tmp_path / "pid"
    assert not pid.exists() or wait_gone(int(pid.read_text()))


def test_it_works_without_pidfd(fake_host, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    assert isinstance(run(), ScanReport)


def test_nothing_is_left_open_or_behind(fake_host, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    before = open_files()
    run()
    assert open_files() == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_command_that_cannot_start_is_named(tmp_path):
    for text in ("not a program", "#!/no/such/interpreter\n"):
        program = tmp_path / "broken"
        program.write_text(text)
        program.chmod(0o755)
        with pytest.raises(HostFailed, match="broken cannot be started - cause: "):
            probe([str(program)], "ladspa", "x.so", timeout=5)
        with pytest.raises(HostFailed, match="broken cannot be started - cause: "):
            run_host([str(program)], "--version", timeout=5)


def test_a_host_that_fails_or_hangs_when_asked_is_named():
    with pytest.raises(HostFailed, match="exit 3 ended with exit status 3 - it printed: why"):
        run_host(["sh", "-c", "echo why >&2; exit 3"], timeout=5)
    with pytest.raises(HostFailed, match="did not answer within"):
        run_host(["sleep", "100"], timeout=0.2)


def test_what_killed_scans_have_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("isobooth.scan.probe._scratch", lambda: str(tmp_path))
    with subprocess.Popen(["true"]) as gone:
        pass
    old = [f"isobooth-scan-{pid}-x" for pid in (gone.pid, os.getpid(), "", "abc", 10**30)]
    for name in [*old, f"isobooth-scan-{gone.pid}-new", f"isobooth-{gone.pid}-x"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").touch()
        if not name.endswith("-new"):
            os.utime(tmp_path / name, (1, 1))
    before = {one.name for one in tmp_path.iterdir()}
    sweep()
    assert before - {one.name for one in tmp_path.iterdir()} == {old[0]}

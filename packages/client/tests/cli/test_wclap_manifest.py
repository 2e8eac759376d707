"""``isobooth wclap manifest``: one line and one exit code for each state, on a real module; and what a load finds."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest

from isobooth.protocol.errors import PluginNotFound

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "host" / "tests"))
from wclap_modules import built


@pytest.fixture(scope="session")
def module(tmp_path_factory):
    return built("wclap_two", tmp_path_factory.mktemp("modules"))


@pytest.fixture
def run(here):
    """A function that runs a command line and returns its exit code and what it printed."""

    def run(*arguments):
        done = here(*arguments)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def bundle(module, tmp_path):
    folder = tmp_path / "Two.wclap"
    folder.mkdir()
    shutil.copy(module, folder / "module.wasm")
    return folder


def change(bundle, **changes):
    content = json.loads((bundle / "manifest.json").read_bytes()) | changes
    (bundle / "manifest.json").write_text(json.dumps(content))


def test_every_state_has_its_line_and_its_code(run, bundle):
    def check(*more):
        code, out, _ = run("wclap", "manifest", "check", bundle, *more)
        assert out.count("\n") == 1
        assert str(bundle) in out
        return code, out.partition(":")[0]

    assert check() == (20, "absent")
    code, out, _ = run("wclap", "manifest", "write", bundle)
    assert (code, out) == (0, f"written: {bundle}: manifest.json lists 2 plugins\n")
    assert check() == (0, "good")
    assert check("--quick") == (0, "good")
    good = json.loads((bundle / "manifest.json").read_bytes())
    change(bundle, features="reverb")
    assert check() == (21, "garbage")
    change(bundle, features=good["features"])
    with (bundle / "module.wasm").open("ab") as file:
        file.write(b"\0\x02\x01x")  # an empty section of its own: the same plugins
    assert check() == (22, "stale")
    digest = hashlib.sha256((bundle / "module.wasm").read_bytes()).hexdigest()
    change(bundle, plugins=good["plugins"][:1], wasm_hash=f"sha256:{digest}")
    assert check("--quick") == (0, "good")
    assert check() == (23, "mismatch")
    assert check("--quick") == (23, "mismatch")


def test_errors_of_the_commands(run, bundle, tmp_path):
    assert run("wclap", "manifest", "check", tmp_path / "none.wclap")[0] == 3
    assert run("wclap", "manifest", "write", bundle / "module.wasm")[0] == 0
    shutil.copy(bundle / "module.wasm", tmp_path / "bare.wasm")
    code, _, err = run("wclap", "manifest", "write", tmp_path / "bare.wasm")
    assert (code, "no place for a manifest" in err) == (2, True)
    (bundle / "manifest.json").unlink()
    (bundle / "manifest.json").mkdir()
    code, _, err = run("wclap", "manifest", "write", bundle)
    assert (code, "cannot be written: Is a directory" in err) == (7, True)
    (bundle / "module.wasm").unlink()
    code, _, err = run("wclap", "manifest", "check", bundle)
    assert (code, "without module.wasm" in err) == (4, True)
    assert run("wclap", "manifest")[0] == 2


def test_loading_a_plugin_corrects_what_its_manifest_said(run, bundle, world, monkeypatch):
    from isobooth.client import load

    monkeypatch.setenv("ISOBOOTH_CACHE_DIR", world["ISOBOOTH_CACHE_DIR"])
    run("wclap", "manifest", "write", bundle)
    plugins = json.loads((bundle / "manifest.json").read_bytes())["plugins"]
    change(bundle, plugins=[plugins[0], {**plugins[1], "name": "Famous"}])

    def listed():
        _, out, _ = run("scan", bundle, "--json")
        report = json.loads(out)
        return [(one["name"], one.get("verified", True)) for one in report["plugins"]], report["problems"]

    assert listed() == ([("Two A", False), ("Famous", False)], [])
    with load(f"{bundle}#test.two.b") as plugin:
        assert plugin.name == "Two B"
    plugins, (problem,) = listed()
    assert plugins == [("Two A", True), ("Two B", True)]
    assert problem["phase"] == "manifest"
    assert problem["reason"].startswith("manifest-mismatch: it gives 'test.two.b' the name 'Famous'")
    content = json.loads((bundle / "manifest.json").read_bytes())
    change(bundle, id="test.none", plugins=[{**content["plugins"][0], "id": "test.none"}])
    assert listed() == ([("Two A", False)], [])
    with pytest.raises(PluginNotFound, match=r"test\.none"):
        load(f"{bundle}#test.none")
    plugins, (problem,) = listed()
    assert plugins == [("Two A", True), ("Two B", True)]
    assert problem["reason"] == "manifest-mismatch: it lists 'test.none', which the module does not hold"

"""``isobooth wclap cache``: what the host does to the cache, printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from isobooth.protocol.schema import schema

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "host" / "tests"))
from wclap_modules import built, need_wclap


@pytest.fixture
def module(tmp_path_factory):
    need_wclap()
    return built("wclap_hostile", tmp_path_factory.getbasetemp(), "-DNOTHING")


def test_it_is_filled_listed_and_emptied(here, module, tmp_path):
    folder = {"WCLAP_CACHE_DIR": str(tmp_path / "cache"), "XDG_DATA_HOME": str(tmp_path / "data")}
    done = here("wclap", "cache", "warm", module, "/nothing.wasm", **folder)
    assert done.returncode == 4
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["compiled", "failed"]
    assert "/nothing.wasm: there is no file /nothing.wasm" in done.stderr
    done = here("wclap", "cache", "list", "--json", **folder)
    report = json.loads(done.stdout)
    jsonschema.validate(report, schema("wclap-cache"))
    assert [(one["status"], one["plugins"]) for one in report["entries"]] == [("sound", ["Hostile"])]
    assert here("wclap", "cache", "clear", **folder).stdout.startswith("removed\t")
    assert here("wclap", "cache", "list", **folder).stdout == ""
    (tmp_path / "cache").chmod(0o777)
    assert "can be written to by others" in here("wclap", "cache", "list", **folder).stderr


def test_a_bundle_that_hangs_is_given_up(here, tmp_path, tmp_path_factory):
    need_wclap()
    spins = built("wclap_hostile", tmp_path_factory.getbasetemp(), "-DSPINS_AT_START")
    done = here("wclap", "cache", "warm", "--timeout", "2", spins, WCLAP_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 4
    assert "did not end within 2 s" in done.stderr


@pytest.mark.parametrize("words", [("list", "x"), ("warm", "--timeout", "0", "x"), ("grow",)])
def test_what_makes_no_sense_is_refused(here, words):
    assert here("wclap", "cache", *words).returncode == 2

"""Which function an address lies in, as far as a library tells; and that no file does any harm."""

import os
import random
import subprocess

import pytest

from isobooth.client.symbols import function_at
from tests.support import real_plugin


def test_functions_of_our_own(loud_file):
    listed = subprocess.run(["nm", str(loud_file)], capture_output=True, text=True, check=True).stdout
    entries = [line.split() for line in listed.splitlines()]
    places = {entry[2]: int(entry[0], 16) for entry in entries if len(entry) == 3 and entry[1] in "tT"}
    for name in ("loud_falls", "run", "ladspa_descriptor"):  # the second is static: only .symtab has it
        assert function_at(str(loud_file), places[name]) == f"{name}+0x0"
        assert function_at(str(loud_file), places[name] + 3) == f"{name}+0x3"
    assert function_at(str(loud_file), 1 << 40) == ""
    assert function_at(str(loud_file), 0) == ""


def test_a_stripped_library_tells_what_it_exports():
    path = str(real_plugin("amp.so"))
    listed = subprocess.run(["nm", "-D", path], capture_output=True, text=True, check=True).stdout
    place = next(int(line.split()[0], 16) for line in listed.splitlines() if " T ladspa_descriptor" in line)
    assert function_at(path, place + 1) == "ladspa_descriptor+0x1"


def test_what_is_no_library(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("text" * 100)
    for name in ("fifo", "empty", "text", "none", "", "a\0b"):
        assert function_at(str(tmp_path / name) if name else "", 100) == ""


@pytest.mark.parametrize("seed", range(30))
def test_damaged_libraries(loud_file, tmp_path, seed):
    chance = random.Random(seed)
    data = bytearray(loud_file.read_bytes())
    start = int.from_bytes(data[40:48], "little")
    for _ in range(20):
        place = chance.choice(
            [chance.randrange(4, 64), chance.randrange(start, len(data)), chance.randrange(len(data))]
        )
        data[place] = chance.randrange(256)
    broken = tmp_path / "broken.so"
    broken.write_bytes(data[: chance.choice([len(data), chance.randrange(64, len(data))])])
    for offset in (0, 0x1100, 0x1200, (1 << 64) - 1):
        assert isinstance(function_at(str(broken), offset), str)

"""Run clang-tidy, with the rules of .clang-tidy, over the C code of the host and the client.

Words on the command line choose files by a part of their path. Any finding fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "packages"
INCLUDE = PACKAGES / "protocol" / "src" / "isobooth" / "protocol" / "include"
# As in the packages' ffi_build.py: where each one's C code finds its headers.
SOURCES = {
    PACKAGES / "host" / "src" / "isobooth" / "host": (".", "engine"),
    PACKAGES / "client" / "src" / "isobooth" / "client": ("core",),
}


def command(source: Path, path: Path) -> list[str]:
    """Return what looks at one file of the package whose C code lies in ``source``."""
    folders = [INCLUDE, *(source / name for name in SOURCES[source])]
    return ["clang-tidy", "--quiet", str(path), "--", "-std=gnu11", *(f"-I{folder}" for folder in folders)]


def findings(line: list[str]) -> str:
    """Run a command of `command`; return what it found."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.stdout.strip():
        return done.stdout
    return done.stderr if done.returncode else ""


def main(words: list[str]) -> int:
    """Print every finding; return 1 if there is one."""
    files = [(source, path) for source in SOURCES for path in sorted(source.rglob("*.c"))]
    chosen = [pair for pair in files if not words or any(word in str(pair[1].relative_to(ROOT)) for word in words)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = pool.map(findings, (command(*pair) for pair in chosen))
        # what is wrong with a header is found in every file that includes it
        found = dict.fromkeys(part.strip() for text in texts for part in text.split("\n\n") if part.strip())
    print("\n\n".join(found) or f"nothing found in {len(chosen)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

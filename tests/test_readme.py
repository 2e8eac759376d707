"""What the READMEs show as Python runs as it stands; what they show as a path is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import absent

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md"))]
DOCUMENTS = [*PAGES, ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLUGIN = re.compile(r"/usr/lib/ladspa/[\w.-]+\.so")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
NAMED = re.compile(
    r"`((?:packages|docs|demo|examples|benchmarks|tests|tools)/[\w./-]+\.(?:py|c|h|md|json)|noxfile\.py|\.ci/run)`"
)


def blocks():
    """Every Python block, as a parameter of its own."""
    for page in PAGES:
        for number, code in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), start=1):
            yield pytest.param(code, id=f"{page.relative_to(ROOT)}:{number}")


@pytest.mark.real_plugin
@pytest.mark.parametrize("code", list(blocks()))
def test_runs_as_it_stands(code, tmp_path):
    for path in PLUGIN.findall(code):
        if not Path(path).exists():
            absent(path)
    done = subprocess.run(
        [sys.executable, "-"], input=code, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_root_page_has_an_example():
    assert BLOCK.search(PAGES[0].read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_it_links_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    links = [name for name in LINK.findall(text) if not (page.parent / name).exists()]
    files = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    assert not links + files

"""One suite for all formats: what the client sees of a plugin must not depend on its format."""

import shlex

import pytest

from isobooth.client.warmhost import close_warm_host
from tests.support import host_command


def pytest_collection_modifyitems(items):
    """Those that need the newer C library come last: each change of the host costs the start of an interpreter."""
    places = [place for place, item in enumerate(items) if _subject(item) is not None]
    ours = sorted((items[place] for place in places), key=lambda item: _subject(item).is_newer)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def _subject(item):
    return item.callspec.params.get("subject") if hasattr(item, "callspec") else None


@pytest.fixture(autouse=True, scope="session")
def some_host(tmp_path_factory):
    """Without an installed host, the one of the source tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOBOOTH_HOST", shlex.join(host_command()))
        patch.setenv("PYTEST_CONFORMANCE_FOLDER", str(tmp_path_factory.mktemp("conformance")))
        yield
        close_warm_host()


@pytest.fixture
def booth():
    """A function that loads a subject; everything is closed in the end."""
    loaded = []

    def make(subject, **options):
        loaded.append(subject.load(**options))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()

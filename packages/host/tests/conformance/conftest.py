"""One suite for all formats: what the client sees of a plugin must not depend on its format."""

import shlex

import pytest

from isobooth.client.warmhost import close_warm_host
from tests.support import host_command


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

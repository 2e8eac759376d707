"""Other buses: those that were wished for, and those that a plugin takes by itself while it plays."""

import pickle

import pytest

from isobooth.client import BlockStatus, BusesChanged, BusRequest, PluginError, Transport, load
from isobooth.protocol import get_include
from tests.support import PATIENCE, ROOT, compile_plugin, until

from .conftest import noise
from .test_abilities import HOST

PLUGINS = ROOT / "packages" / "host" / "tests" / "plugins"


@pytest.fixture
def willing(fake_host, tmp_path):
    """A function that loads a plugin that takes any number of channels but five."""
    fake_host(HOST)
    loaded = []

    def make(**options):
        loaded.append(load(f"ladspa:/x.so#{tmp_path / 'asked'}", **{"block_size": 64, **options}))
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()


def channels(plugin):
    return [bus.channels for bus in plugin.buses]


@pytest.mark.parametrize(
    ("inputs", "outputs", "there"),
    [
        ([1], [1], [1, 1]),
        (["5.1"], ["mono"], [6, 1]),
        ([None], [3], [2, 3]),
        ((), [BusRequest(channels=4, layout="ambisonic", active=False)], [2, 4]),
        ([], [], [2, 2]),
    ],
)
def test_as_wished(willing, inputs, outputs, there):
    plugin = willing()
    plugin.set_buses(inputs=inputs, outputs=outputs)
    assert channels(plugin) == there
    assert plugin.is_active
    assert (len(plugin.input), len(plugin.output)) == tuple(there)
    audio = noise(there[0], 200)
    wet = plugin.process(audio)
    both = min(there)
    assert wet.shape == (there[1], 200)
    assert (wet[:both] == audio[:both]).all()
    plugin.restart()
    assert channels(plugin) == there
    assert plugin.process(audio).shape == (there[1], 200)


def test_a_refusal_leaves_everything(willing):
    plugin = willing()
    audio = noise(2, 100)
    plugin.process(audio)
    with pytest.raises(PluginError, match="five is too many"):
        plugin.set_buses(inputs=[5])
    assert channels(plugin) == [2, 2]
    assert plugin.is_active
    assert (plugin.process(audio) == audio).all()


def test_a_format_that_cannot(null):
    plugin = null()
    audio = noise(2, 100)
    with pytest.raises(PluginError, match="cannot change the channels"):
        plugin.set_buses(outputs=["mono"])
    assert (plugin.process(audio) == audio).all()


def test_not_while_blocks_are_in_flight(willing):
    plugin = willing()
    plugin.submit()
    with pytest.raises(BlockingIOError):
        plugin.set_buses(outputs=[1])
    assert plugin.wait(PATIENCE) is BlockStatus.OK
    plugin.set_buses(outputs=[1])


def test_the_song_and_the_counters_go_on(willing):
    plugin = willing()
    plugin.process(noise(2, 640), transport=Transport(playing=True))
    before = plugin.stats.blocks
    plugin.set_buses(outputs=[1])
    assert plugin.stats.blocks == before > 0
    plugin.process(noise(2, 640))
    assert plugin.stats.blocks > before


def test_copies_have_the_same_buses(willing):
    plugin = willing()
    plugin.set_buses(outputs=[3])
    with pickle.loads(pickle.dumps(plugin)) as copy:
        assert channels(copy) == [2, 3]


CHANGES = """
    shape = [2]
    whole, honest = booth.descriptor, booth.answer
    booth.descriptor = lambda: whole(outputs=shape[0])
    count = [0]

    def answer(request):
        if isinstance(request, m.Activate):
            count[0] += 1
            if count[0] == 1:
                booth.map(request.segment)
                booth.maps.clear()  # plays nothing
                shape[0] = 3
                reply = m.Activated(id=request.id, latency=0, tail=0, buses=booth.descriptor().buses)
                send(reply)
                time.sleep(0.2)
                return m.BusesChanged(buses=booth.descriptor().buses)
        return honest(request)

    booth.answer = answer
    greet()
    booth.serve()
"""


def test_block_by_block_the_status_tells(fake_host):
    fake_host(CHANGES)
    with load("null:", block_size=32, slots=2, on_crash="bypass", timeout=PATIENCE) as plugin:
        plugin.input[:] = 1
        assert plugin.submit() == 1
        assert plugin.wait(PATIENCE) is BlockStatus.INACTIVE  # not after all of PATIENCE
        assert (plugin.output == 1).all()
        assert not plugin.is_active
        assert plugin.is_alive
        assert plugin.submit() == 0
        with pytest.raises(BlockingIOError, match="reactivate"):
            plugin.input  # noqa: B018
        assert plugin.wait(0) is BlockStatus.NONE
        assert any(isinstance(one, BusesChanged) for one in plugin.take_notices())
        plugin.reactivate()
        assert plugin.is_active
        assert len(plugin.output) == 3
        plugin.input[:] = 2
        assert plugin.submit()
        assert plugin.wait(PATIENCE) is BlockStatus.OK
        assert (plugin.output[:2] == 2).all()


@pytest.mark.parametrize("frames", [32, 1000])
def test_a_call_that_comes_too_early_is_tried_again(fake_host, frames):
    fake_host(CHANGES)
    with load("null:", block_size=32, timeout=PATIENCE) as plugin:
        audio = noise(2, frames)
        wet = plugin.process(audio)
        assert wet.shape == (3, frames)
        assert (wet[:2] == audio).all()


@pytest.fixture(scope="module")
def asks(tmp_path_factory):
    """A real CLAP that takes another channel when its parameter is set to 20; see clap_asks.c."""
    target = tmp_path_factory.mktemp("plugins") / "clap_asks.clap"
    host = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
    include = [f"-I{host}", f"-I{get_include()}", f"-I{PLUGINS}"]
    return compile_plugin((PLUGINS / "clap_asks.c").read_text(), target, *include)


@pytest.mark.parametrize("frames", [64, 640])
def test_a_real_plugin_takes_more_and_more_channels(asks, frames):
    with load(asks, block_size=64, timeout=PATIENCE) as plugin:
        for wished in range(3, 12):
            plugin.parameters["Ask"].value = 20
            plugin.process(frames=frames)  # the next call may come before the news
            assert until(lambda wished=wished: plugin.process(frames=frames).shape[0] == wished)
        assert [one for one in plugin.take_notices() if isinstance(one, BusesChanged)][-1].buses[0].channels == 11


def test_layouts_at_load(null):
    assert channels(null(inputs="5.1", outputs="mono")) == [6, 1]

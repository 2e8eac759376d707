"""What a plugin says of itself: whole, the same each time, the same from a scan."""

import keyword

import msgspec

from .subjects import that_can


@that_can()
def test_a_description_is_complete(subject, booth):
    plugin = booth(subject, as_set=False)
    found = plugin.descriptor
    assert found.format == subject.format
    assert found.path == (str(subject.path) if subject.file else "")
    assert found.id
    assert found.name.strip() == found.name != ""
    assert subject.plugin_id in {"", found.id}
    for direction in ("input", "output"):
        buses = [bus for bus in found.buses if bus.direction == direction]
        assert [bus.index for bus in buses] == list(range(len(buses)))
        assert all(bus.channels >= 1 for bus in buses)
        assert sum(bus.is_main for bus in buses) <= 1
    assert found.channels("output") >= 1 or any(port.direction == "output" for port in found.note_ports)


@that_can("parameters")
def test_every_parameter_is_well_described(subject, booth):
    plugin = booth(subject, as_set=False)
    infos = plugin.descriptor.parameters
    assert len({info.id for info in infos}) == len(infos)
    assert len({info.identifier for info in infos}) == len(infos)
    for info in infos:
        assert info.identifier.isidentifier(), info
        assert not keyword.iskeyword(info.identifier), info
        assert info.minimum <= info.default <= info.maximum, info
        assert info.steps >= 0, info
        assert info.is_output or info.minimum < info.maximum, info
    for parameter in plugin.parameters.values():
        if not parameter.is_output:
            assert parameter.value == parameter.default or parameter.steps or subject.format in {"clap", "vst3"}


@that_can()
def test_two_loads_say_the_same(subject, booth):
    one, two = booth(subject, as_set=False), booth(subject, as_set=False)
    assert one.descriptor == two.descriptor
    assert one.latency == two.latency
    assert {p.id: p.value for p in one.parameters.values()} == {p.id: p.value for p in two.parameters.values()}


@that_can()
def test_a_scan_says_what_a_load_says(subject, booth):
    if not subject.file:
        return  # there is nothing to scan
    report = subject.scan()
    assert report.errors == []
    plugin = booth(subject, as_set=False)
    found = [one for one in report.plugins if one.id == plugin.descriptor.id]
    assert len(found) == 1
    assert msgspec.to_builtins(found[0]) == msgspec.to_builtins(plugin.descriptor)

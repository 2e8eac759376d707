import copy
import pickle

import pytest

from isobooth.protocol.descriptors import BusInfo, NotePortInfo, ParameterInfo, PluginDescriptor, PresetInfo, summarize
from isobooth.scan import Catalogue, PluginEntry
from isobooth.scan.groups import bare_name, bare_vendor
from isobooth.scan.store import Pieces, Store, write


def plugin(fmt, name, vendor="Maker", path=None, **more):
    return PluginDescriptor(
        format=fmt, path=path or f"/{fmt}/{name}", id=f"{fmt}-{name}", name=name, vendor=vendor, **more
    )


def grouped(*plugins):
    return [[one.id for one in group.plugins] for group in Catalogue(plugins).groups()]


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Comp (VST3)", "Comp"),
        ("Comp [lv2]", "Comp"),
        ("Comp-ladspa", "Comp"),
        ("comp_clap", "comp"),
        ("Comp LV2", "Comp"),
        ("Comp VST 3", "Comp"),
        ("Comp (VST 2.4)", "Comp"),
        ("Comp (CLAP) (VST3)", "Comp"),
        ("Comp (LV2 Plugin)", "Comp"),
        ("Hand Clap", "Hand Clap"),
        ("Clap", "Clap"),
        ("Thunderclap", "Thunderclap"),
        ("LADSPA", "LADSPA"),
        ("(VST3)", "(VST3)"),
        ("Harvest", "Harvest"),
        ("  Comp  ", "Comp"),
        ("", ""),
    ],
)
def test_marks_of_formats_are_no_part_of_a_name(name, bare):
    assert bare_name(name) == bare


def test_formats_of_one_plugin_belong_together_the_preferred_first():
    found = Catalogue([plugin("ladspa", "Zam Comp-ladspa"), plugin("lv2", "ZamComp (LV2)"), plugin("clap", "ZamComp")])
    [group] = found.groups()
    assert (group.name, group.vendor, group.formats) == ("ZamComp", "Maker", ["clap", "lv2", "ladspa"])
    assert group.default.format == "clap"
    report = group.report()
    assert report.default == "clap:/clap/ZamComp#clap-ZamComp"
    assert report.plugins[-1] == "ladspa:/ladspa/Zam Comp-ladspa#ladspa-Zam Comp-ladspa"


def test_vendors_are_told_apart_but_not_by_addresses_and_legal_forms():
    assert len(grouped(plugin("clap", "Delay", "Ann"), plugin("lv2", "Delay", "Bob"))) == 2
    same = ("ACME", "Acme Inc.", "acme <mail@acme.example>", "ACME https://acme.example", "(c) ACME")
    assert len(grouped(*(plugin("clap", "Delay", one, f"/{number}") for number, one in enumerate(same)))) == 1


def test_a_format_in_the_vendors_name_and_the_vendor_in_the_plugins_name_do_not_count():
    # as the LSP plugins have it
    shelf = [
        plugin("clap", "Sampler Mono", "LSP CLAP"),
        plugin("vst3", "Sampler Mono", "LSP VST3"),
        plugin("lv2", "LSP Sampler Mono", "LSP LV2"),
        plugin("vst2", "Sampler Mono", "LSP VST"),
        plugin("ladspa", "Sampler Mono", "LSP LADSPA"),
        plugin("lv2", "Sampler Mono", "Others"),
        plugin("lv2", "LSP", "LSP"),
    ]
    first, *others = Catalogue(shelf).groups()
    assert first.formats == ["clap", "vst3", "lv2", "vst2", "ladspa"]
    assert (first.name, first.vendor) == ("Sampler Mono", "LSP")
    assert [(one.name, one.vendor) for one in others] == [("Sampler Mono", "Others"), ("LSP", "LSP")]
    assert bare_vendor("VST") == "VST"


def test_different_ids_of_one_format_are_different_plugins():
    # names of VST2 that were cut to 31 letters, and the same plugin natively and through a bridge
    cut = [plugin("vst2", "Sidechain Multiband Dynamic Pro", path=f"/{place}") for place in range(3)]
    for place, one in enumerate(cut):
        one.id = f"mdp{place}"
    again = copy.copy(cut[1])
    again.path = "/elsewhere"
    assert grouped(*cut, again) == [["mdp0"], ["mdp1", "mdp1"], ["mdp2"]]
    bridged = plugin("lv2", "Plate", vendor="")
    bridged.id = "urn:ladspa:1423"
    assert grouped(plugin("lv2", "Plate"), plugin("ladspa", "Plate"), bridged) == [
        ["lv2-Plate", "ladspa-Plate"],
        ["urn:ladspa:1423"],
    ]


def test_who_names_no_vendor_belongs_to_the_only_one_there_is():
    assert len(grouped(plugin("clap", "Delay", "Ann"), plugin("lv2", "Delay", ""))) == 1
    assert len(grouped(plugin("clap", "Delay", "Ann"), plugin("vst3", "Delay", "Bob"), plugin("lv2", "Delay", ""))) == 3


def test_plugins_of_one_file_stay_apart():
    twins = [plugin("ladspa", "Pan", path="/x.so", index=0), plugin("ladspa", "Pan", path="/x.so", index=1)]
    assert len(grouped(*twins)) == 2
    assert [len(one) for one in grouped(*twins, plugin("clap", "Pan"))] == [2, 1]


def test_every_plugin_is_in_one_group():
    shelf = [plugin(fmt, name) for fmt in ("clap", "lv2") for name in ("A", "B", "!", "!!", "", "ü")]
    members = sorted(member for group in grouped(*shelf) for member in group)
    assert members == sorted(one.id for one in shelf)


# -- entries ----------------------------------------------------------------------------------------------------------


RICH = plugin(
    "clap",
    "Rich",
    description="It has it all",
    features=["stereo", "instrument"],
    buses=[
        BusInfo(index=0, name="in", channels=2, direction="input"),
        BusInfo(index=1, name="key", channels=1, direction="input", is_main=False),
        BusInfo(index=0, name="out", channels=6, direction="output"),
    ],
    note_ports=[NotePortInfo(index=0, name="notes", direction="input")],
    parameters=[ParameterInfo(id=1, name="Gain")],
    presets=[PresetInfo(id="1", name="Loud")],
)


def test_a_summary_counts():
    found = summarize(RICH)
    assert (found.input_channels, found.output_channels, found.note_inputs, found.note_outputs) == (3, 6, 1, 0)
    assert (found.parameter_count, found.preset_count, found.category) == (1, 1, "instrument")


@pytest.mark.parametrize(
    ("features", "audio", "notes", "category"),
    [
        (["analyzer", "audio-effect"], ["input", "output"], [], "analyzer"),
        (["stereo"], ["input", "output"], [], "audio-effect"),
        ([], ["output"], ["input"], "instrument"),
        ([], ["output"], [], ""),
        ([], ["input"], [], ""),
        ([], [], ["input", "output"], ""),
    ],
)
def test_categories(features, audio, notes, category):
    one = plugin("clap", "x", features=features)
    one.buses = [BusInfo(index=0, name="", channels=1, direction=way) for way in audio]
    one.note_ports = [NotePortInfo(index=0, name="", direction=way) for way in notes]
    assert summarize(one).category == category
    assert len(Catalogue([one]).search(category=category.upper())) == 1


def test_an_entry_has_the_fields_of_its_descriptor(tmp_path):
    entry = PluginEntry.of(RICH)
    again = Catalogue([entry]).plugins[0]
    for one in (entry, again, copy.copy(entry), pickle.loads(pickle.dumps(entry))):
        assert one == entry
        assert one.describe() == RICH
        for name in RICH.__struct_fields__:
            assert getattr(one, name) == getattr(RICH, name)
        assert (one.channels("input"), one.channels("output")) == (3, 6)
        assert one.locator == "clap:/clap/Rich#clap-Rich"
    unread = PluginEntry(format="clap", path="/clap/Rich", id="clap-Rich", name="Rich")
    pieces = Pieces()
    place = pieces.add(entry.pack())
    write(tmp_path / "cache", b"index", pieces.parts)
    store = Store(tmp_path / "cache")
    assert store.index() == b"index"
    (tmp_path / "cache").unlink()
    unread.attach(store, place)
    assert unread.parameters[0].name == "Gain"
    assert unread.describe() is unread.describe()


def test_a_report_with_details_has_the_descriptors_in_the_order_of_the_plugins():
    catalogue = Catalogue([RICH, plugin("lv2", "Rich")])
    report = catalogue.report(catalogue.search(format="clap"), details=True)
    assert [one.id for one in report.plugins] == [one.id for one in report.descriptors] == ["clap-Rich"]
    assert report.descriptors[0].parameters[0].name == "Gain"
    assert len(report.groups) == 1

import pytest

from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem
from isobooth.protocol.errors import LocatorError, PluginNotFound
from isobooth.scan import PREFERENCE, Catalogue
from isobooth.scan.catalogue import specific


def plugin(fmt, name, plugin_id=None, path=None, **more):
    return PluginDescriptor(format=fmt, path=path or f"/{fmt}/{name}", id=plugin_id or name, name=name, **more)


SHELF = Catalogue(
    [
        plugin("clap", "ZamComp", "com.zamaudio.ZamComp", vendor="Damien Zammit", features=["compressor"]),
        plugin("clap", "Delay", "org.example.delay", features=["audio-effect", "Delay"]),
        plugin("lv2", "ZamComp", "urn:zamaudio:ZamComp", vendor="Damien Zammit"),
        plugin("lv2", "delay", "http://example.org/delay#1"),
        plugin("ladspa", "SC4", "sc4", "/usr/lib/ladspa/sc4_1882.so", unique_id=1882, vendor="Steve Harris"),
        plugin("ladspa", "Amp Mono", "amp_mono", "/usr/lib/ladspa/amp.so", unique_id=1048),
        plugin("ladspa", "Amp Stereo", "amp_stereo", "/usr/lib/ladspa/amp.so", unique_id=1049, index=1),
        plugin("ladspa", "Twin", "twin", "/a/twin.so", unique_id=7),
        plugin("ladspa", "Twin", "twin", "/b/twin.so", unique_id=7),
        plugin("wclap", "Only Here", "wclap.only"),
        plugin("vst2", "1882", "number"),
    ]
)


@pytest.mark.parametrize(
    ("locator", "fmt", "plugin_id"),
    [
        ("ZamComp", "clap", "com.zamaudio.ZamComp"),
        ("lv2:ZamComp", "lv2", "urn:zamaudio:ZamComp"),
        ("zamcomp", "clap", "com.zamaudio.ZamComp"),
        ("Zam Comp", "clap", "com.zamaudio.ZamComp"),
        ("zam-comp", "clap", "com.zamaudio.ZamComp"),
        ("clap:com.zamaudio.ZamComp", "clap", "com.zamaudio.ZamComp"),
        ("com.zamaudio.ZamComp", "clap", "com.zamaudio.ZamComp"),
        ("delay", "lv2", "http://example.org/delay#1"),  # the exact name before the preferred format
        ("DELAY", "clap", "org.example.delay"),
        ("lv2:http://example.org/delay#1", "lv2", "http://example.org/delay#1"),
        ("http://example.org/delay#1", "lv2", "http://example.org/delay#1"),
        ("sc4", "ladspa", "sc4"),
        ("ladspa:1882", "ladspa", "sc4"),
        ("1049", "ladspa", "amp_stereo"),
        ("1882", "vst2", "number"),  # a name before a number
        ("/usr/lib/ladspa/amp.so#amp_stereo", "ladspa", "amp_stereo"),
        ("/usr/lib/ladspa/amp.so#1048", "ladspa", "amp_mono"),
        ("/usr/lib/ladspa/sc4_1882.so", "ladspa", "sc4"),
        ("ladspa:/usr/lib/ladspa/sc4_1882.so", "ladspa", "sc4"),
        ("/b/twin.so#twin", "ladspa", "twin"),
        ("only here", "wclap", "wclap.only"),
    ],
)
def test_what_a_locator_means(locator, fmt, plugin_id):
    found = SHELF.find(locator)
    assert (found.format, found.id) == (fmt, plugin_id)


def test_formats_are_preferred_in_the_documented_order():
    everywhere = [plugin(fmt, "Same") for fmt in reversed(PREFERENCE)]
    while everywhere:
        best = min((one.format for one in everywhere), key=PREFERENCE.index)
        assert Catalogue(everywhere).find("Same").format == best
        everywhere = [one for one in everywhere if one.format != best]
    assert PREFERENCE[:7] == ("clap", "vst3", "lv2", "vst2", "ladspa", "ladspa0", "wclap")


def test_several_of_one_format_are_listed_so_that_one_can_be_named():
    with pytest.raises(LocatorError) as caught:
        SHELF.find("Twin")
    text = str(caught.value)
    assert "'Twin' could mean 2 plugins" in text
    for name in ("ladspa:/a/twin.so#twin", "ladspa:/b/twin.so#twin"):
        assert name in text
        assert specific(SHELF.find(name)) == name


def test_a_unique_id_that_two_plugins_have_lists_both():
    with pytest.raises(LocatorError, match=r"'ladspa:7' could mean 2 plugins .*/a/twin\.so#twin, .*/b/twin\.so#twin"):
        SHELF.find("ladspa:7")
    assert SHELF.find("/b/twin.so##7").path == "/b/twin.so"
    assert SHELF.find("/usr/lib/ladspa/amp.so##1049").id == "amp_stereo"
    assert SHELF.find("/usr/lib/ladspa/amp.so#1049").id == "amp_stereo"
    assert SHELF.find("/usr/lib/ladspa/amp.so#@1").id == "amp_stereo"
    with pytest.raises(PluginNotFound, match="holds no plugin '@2'"):
        SHELF.find("/usr/lib/ladspa/amp.so#@2")


def test_plugins_of_one_label_in_one_file_are_listed_by_their_place():
    pair = Catalogue([plugin("ladspa", "P", "p", "/p.so", unique_id=number, index=number) for number in (0, 1)])
    with pytest.raises(LocatorError, match=r"ladspa:/p\.so#@0, ladspa:/p\.so#@1"):
        pair.find("P")
    assert pair.find("/p.so#@1").index == 1


def test_a_long_list_of_candidates_is_cut():
    many = Catalogue([plugin("clap", "Same", path=f"/{number}.clap") for number in range(30)])
    with pytest.raises(LocatorError, match="and 22 more"):
        many.find("Same")


def test_a_file_with_several_plugins_needs_an_id():
    with pytest.raises(LocatorError, match=r"ladspa:/usr/lib/ladspa/amp\.so#amp_mono"):
        SHELF.find("/usr/lib/ladspa/amp.so")


def test_a_file_under_two_names_is_one_plugin(tmp_path):
    (tmp_path / "a.so").touch()
    (tmp_path / "b.so").symlink_to("a.so")
    both = Catalogue([plugin("ladspa", "Amp", "amp", str(tmp_path / name)) for name in ("a.so", "b.so")])
    assert both.find("Amp").path == str(tmp_path / "a.so")
    assert both.find(f"{tmp_path}/b.so#amp").id == "amp"


@pytest.mark.parametrize(
    ("locator", "hint"),
    [
        ("ZamCompp", "did you mean 'ZamComp'"),
        ("clap:com.zamaudio.ZamCom", "did you mean 'com.zamaudio.ZamComp'"),
        ("/usr/lib/ladspa/amp.so#amp_steroe", "did you mean 'amp_stereo'"),
        ("/usr/lib/ladspa/amp.so#zzz", "it holds amp_mono, amp_stereo"),
        ("qqqqqqqq", "isobooth list"),
        ("lv2:SC4", "of format lv2"),
        ("/no/such.so", "no plugin is known in /no/such.so"),
    ],
)
def test_an_unknown_plugin_is_an_error_with_near_names(locator, hint):
    with pytest.raises(PluginNotFound) as caught:
        SHELF.find(locator)
    assert hint in str(caught.value)


def test_an_empty_shelf_says_so():
    with pytest.raises(PluginNotFound, match="among 0 known"):
        Catalogue([]).find("x")


@pytest.mark.parametrize("key", ["²", "٣", "", "...", "🎸"])
def test_odd_texts_find_nothing(key):
    with pytest.raises((PluginNotFound, LocatorError)):
        SHELF.find(key)


def test_search_narrows():
    assert [one.id for one in SHELF.search(name="AMP")] == ["amp_mono", "amp_stereo"]
    assert [one.format for one in SHELF.search(vendor="zammit")] == ["clap", "lv2"]
    assert [one.name for one in SHELF.search(feature="delay")] == ["Delay"]
    assert SHELF.search(feature="dela") == []
    assert [one.name for one in SHELF.search(format="clap", vendor="damien")] == ["ZamComp"]
    assert SHELF.search() == SHELF.plugins == list(SHELF)
    assert len(SHELF) == 11


def test_the_same_trouble_is_told_once():
    problem = ScanProblem(path="/x", reason="no", phase="find")
    same = ScanProblem(path="/x", reason="no", phase="load")
    assert Catalogue([], [problem, same]).problems == [problem]


CLASS_ID, OLDER = "2046504473616C63504D435A00000000", "11112222333344445555666677778888"


@pytest.mark.parametrize(
    "locator",
    [
        f"vst3:{CLASS_ID}",
        f"vst3:{CLASS_ID.lower()}",
        CLASS_ID.lower(),
        "vst3:{20465044-7361-6C63-504D-435A00000000}",
        f"vst3:{OLDER}",
        OLDER,
        f"/lib/vst3/Zam.vst3#{CLASS_ID.lower()}",
        f"/lib/vst3/Zam.vst3/Contents/x86_64-linux/Zam.so#{CLASS_ID}",
        "/lib/vst3/Zam.vst3/Contents",
    ],
)
def test_a_vst3_is_known_by_its_class_id_in_every_spelling(locator):
    zam = plugin("vst3", "Zam", CLASS_ID, "/lib/vst3/Zam.vst3")
    zam.replaces = [OLDER]
    shelf = Catalogue([zam, plugin("clap", "Other", "other"), plugin("vst3", "Third", "0" * 32)])
    assert shelf.find(locator) is zam


def test_the_own_id_comes_before_one_that_was_replaced():
    old, new = plugin("vst3", "Old", OLDER, "/old.vst3"), plugin("vst3", "New", CLASS_ID, "/new.vst3")
    new.replaces = [OLDER]
    assert Catalogue([new, old]).find(f"vst3:{OLDER}") is old

import json

import jsonschema
import msgspec
import pytest

from isobooth.protocol.descriptors import ParameterInfo, PluginDescriptor, ScanProblem, ScanReport, summarize
from isobooth.protocol.reports import CatalogueReport, DoctorCheck, DoctorReport, WclapCacheEntry, WclapCacheReport
from isobooth.protocol.schema import SCHEMAS, from_json, schema, schema_path, schema_text, to_json


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_file_is_not_stale(name):
    again = "python -m isobooth.protocol.schema"
    assert schema_path(name).read_text(encoding="utf-8") == schema_text(name), f"write it again: {again}"


def test_no_file_is_left_over():
    folder = schema_path("doctor").parent
    assert {path.name for path in folder.glob("*.json")} == {schema_path(name).name for name in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


def plugin(**changes):
    found = PluginDescriptor(format="ladspa", path="/x/ü.so", id="amp", name="Amp \u2028 \U0001f3b8")
    found.parameters = [ParameterInfo(id=1, name="Gain", identifier="gain", minimum=-60.0, maximum=20.0)]
    return msgspec.structs.replace(found, **changes)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("plugin-descriptor", plugin()),
        ("scan-report", ScanReport(format="ladspa", path="/x/ü.so", plugins=[plugin()])),
        ("catalogue", CatalogueReport(plugins=[summarize(plugin())], problems=[ScanProblem(path="/y", reason="no")])),
        ("doctor", DoctorReport(ok=True, checks=[DoctorCheck(name="a", value="b")])),
        ("wclap-cache", WclapCacheReport(folder="/x", entries=[WclapCacheEntry(status="sound", milliseconds=1.5)])),
    ],
)
def test_what_is_printed_keeps_to_its_schema_and_reads_back(name, report):
    text = to_json(report)
    jsonschema.validate(json.loads(text), schema(name))
    assert from_json(text.encode(), type(report)) == report


def test_a_schema_refuses_what_is_no_report():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"format": "clap"}, schema("scan-report"))


@pytest.mark.parametrize("wild", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_json_does_not_have_are_left_out(wild):
    report = plugin(parameters=[ParameterInfo(id=1, name="Gain", maximum=wild)])
    text = to_json(report)
    jsonschema.validate(json.loads(text), schema("plugin-descriptor"))
    assert from_json(text.encode(), PluginDescriptor).parameters[0].maximum == 1.0


def test_null_for_a_number_reads_as_its_default():
    text = msgspec.json.encode(plugin(parameters=[ParameterInfo(id=1, name="Gain", maximum=float("nan"))]))
    assert b"null" in text
    assert from_json(text, PluginDescriptor).parameters[0].maximum == 1.0


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b'{"format": 1, "path": null}'])
def test_what_is_no_report_is_refused(data):
    with pytest.raises(msgspec.DecodeError):
        from_json(data, ScanReport)

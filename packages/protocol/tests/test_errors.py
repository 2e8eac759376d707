"""Exceptions: across the border and back, and what they say."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.protocol import errors
from isobooth.protocol.errors import (
    ArgumentError,
    CrashReport,
    IsoboothError,
    ParameterError,
    PluginCrashed,
    PluginLoadError,
    PluginNotFound,
    PluginTimeout,
    did_you_mean,
    error_from_info,
    error_to_info,
)
from isobooth.protocol.messages import ErrorInfo

KINDS = sorted(errors._BY_KIND.values(), key=lambda kind: kind.__name__)
TEXT = st.text(max_size=40)


def every_error():
    found, queue = [], [IsoboothError]
    while queue:
        kind = queue.pop()
        found.append(kind)
        queue += [below for below in kind.__subclasses__() if below.__module__ == errors.__name__]
    return sorted(set(found), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(deadline=None)
@given(message=TEXT)
def test_round_trip(kind, message):
    again = error_from_info(error_to_info(kind(message)))
    assert type(again) is kind
    assert str(again) == str(kind(message))


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, PluginLoadError)], ids=lambda kind: kind.__name__
)
@settings(deadline=None)
@given(message=TEXT, path=TEXT, plugin_id=TEXT, phase=TEXT, tried=st.lists(TEXT, max_size=3), cause=TEXT, hint=TEXT)
def test_round_trip_of_everything_known(kind, message, **details):
    error = kind(message, **details)
    for again in (error_from_info(error_to_info(error)), pickle.loads(pickle.dumps(error))):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_kinds_from_a_newer_host():
    again = error_from_info(ErrorInfo(kind="PluginSulks", message="no", path="x"))
    assert type(again) is IsoboothError
    assert str(again) == "no"
    for name in ("Exception", "SystemExit", "", "os.system", "CrashReport"):
        assert type(error_from_info(ErrorInfo(kind=name, message="m"))) is IsoboothError


def test_what_stays_on_this_side_becomes_the_base():
    assert error_to_info(PluginTimeout("p", "process", 1.0)).kind == "IsoboothError"


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_can_be_raised_caught_shown_and_pickled(kind):
    if kind is PluginCrashed:
        error = kind(
            CrashReport("Bad", "process", signal_number=11, library="/x/bad.so", offset=16, block=3, log=["a", "b"])
        )
    elif kind is PluginTimeout:
        error = kind("Bad", "process", 2.5, log=["x"])
    else:
        error = kind("it says so")
    with pytest.raises(IsoboothError):
        raise error
    assert str(error)
    assert "\n" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)


def test_python_can_catch_them():
    for kind, known in [
        (ArgumentError, ValueError), (errors.ArgumentTypeError, TypeError), (ParameterError, KeyError),
        (ParameterError, AttributeError), (PluginNotFound, FileNotFoundError), (PluginTimeout, TimeoutError),
        (errors.HostNotFound, FileNotFoundError), (errors.ChannelTimeout, TimeoutError),
    ]:  # fmt: skip
        assert issubclass(kind, known)


def test_a_load_error_says_everything():
    error = PluginLoadError("it failed", tried=["this", "that"], cause="no such symbol", hint="reinstall it")
    assert str(error) == "it failed - tried: this; that - cause: no such symbol - reinstall it"


@pytest.mark.parametrize(("report", "text"), [
    (CrashReport("P", "process", signal_number=11, block=7), "P died of SIGSEGV in phase 'process', block 7"),
    (CrashReport("P", "load", signal_number=99), "P died of signal 99 in phase 'load'"),
    (CrashReport("P", "process", exit_status=3), "P ended its process with exit status 3 in phase 'process'"),
    (CrashReport("P"), "P ended its process in phase 'unknown'"),
    (
        CrashReport("P", "load", signal_number=6, library="/a/b.so", offset=255),
        "P died of SIGABRT in phase 'load', at /a/b.so+0xff",
    ),
])  # fmt: skip
def test_crash_reports(report, text):
    assert str(report) == text
    assert str(PluginCrashed(report)).startswith(text)


@pytest.mark.parametrize(("wrong", "known", "expected"), [
    ("treshold", ["Threshold", "Ratio"], "did you mean 'Threshold'?"),
    ("RATIO", ["Threshold", "Ratio"], "did you mean 'Ratio'?"),
    ("zzz", ["Threshold", "Ratio"], ""),
    ("x", [], ""),
])  # fmt: skip
def test_suggestions(wrong, known, expected):
    assert did_you_mean(wrong, known) == expected

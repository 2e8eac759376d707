"""What the host keeps of licences: files, ids of the machine, signatures, limits."""

from __future__ import annotations

import base64
import itertools
import os
import sys
from pathlib import Path

import msgspec
import pytest

from isobooth.host.licensing import files
from isobooth.host.licensing.desk import Desk
from isobooth.host.licensing.files import Question
from isobooth.host.licensing.line import Terms
from isobooth.host.licensing.machine import machine_id
from isobooth.host.licensing.notes import Notes
from isobooth.host.licensing.online import Online
from isobooth.host.licensing.storage import Folder, Record, StorageError, Vault, Verdict, key_digest, seal, unseal
from isobooth.protocol.licensing import LicenseOnline, LicensingOffer, origin_of, without_query, without_secrets

sys.path.insert(0, str(Path(__file__).resolve().parent))

KEY = "SECRET-KEY-0001"


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "licenses")


def signer():
    """A vendor's private key. Skips, or fails where CI=true, without the package cryptography."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("the package cryptography must be there where CI=true")
        pytest.skip("the package cryptography is not installed")
    return Ed25519PrivateKey.generate()


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_sealed_file_is_whole_or_nothing():
    sealed = seal(b"some data")
    assert unseal(sealed) == b"some data"
    assert unseal(seal(b"")) == b""
    for at in range(len(sealed)):
        assert unseal(sealed[:at]) is None
        assert unseal(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]) is None
    assert unseal(sealed + b"x") is None


def test_what_cannot_be_trusted_is_not_read(folder):
    vault = Vault(folder, "clap|a")
    vault.store(b"mine")
    (file,) = folder.path.iterdir()
    assert vault.data() == b"mine"
    file.chmod(0o666)
    with pytest.raises(StorageError, match="only this user can write to"):
        vault.data()
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StorageError, match="damaged"):
        vault.data()
    elsewhere = folder.path / "elsewhere"
    elsewhere.write_bytes(seal(b"others"))
    file.unlink()
    file.symlink_to(elsewhere)
    with pytest.raises(StorageError, match="cannot be read"):
        vault.data()
    vault.store(b"new")
    assert vault.data() == b"new"
    assert elsewhere.read_bytes() == seal(b"others")
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(StorageError, match="is no file"):
        vault.data()


def test_a_folder_that_others_may_look_into_is_closed_and_a_link_is_refused(folder, tmp_path):
    folder.path.mkdir(mode=0o755)
    Vault(folder, "clap|a").store(b"x")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(folder.path)
    with pytest.raises(StorageError, match="no folder of this user"):
        Vault(Folder(link), "clap|a").store(b"x")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written|no folder"):
        Vault(Folder(tmp_path / "file"), "clap|a").store(b"x")


def test_a_record_keeps_the_latest(folder):
    vault = Vault(folder, "clap|a")
    record = Record(verdicts={str(n): Verdict(machine_id="m", expires=n) for n in range(100)})
    vault.note(record)
    kept = vault.record().verdicts
    assert list(kept) == [str(n) for n in range(36, 100)]


def test_a_plugin_whose_files_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    lines = []
    terms = Terms(LicensingOffer(folder=str(tmp_path / "file" / "licenses")))
    desk = Desk("clap", "a", terms, lines.append)
    assert desk.store(b"x") == -1
    assert desk.stored() == b""
    assert desk.store(b"x") == -1
    assert sum("cannot be written" in line for line in lines) == 1


# -- machine ---------------------------------------------------------------------------------------------------------


def test_the_id_is_made_of_the_machines_or_of_a_secret_that_is_kept(folder, tmp_path):
    system = tmp_path / "machine-id"
    system.write_text("0123456789abcdef0123456789abcdef\n")
    ids = {machine_id("stable", plugin, folder, (system,)) for plugin in ("clap|a", "clap|a", "clap|b", "wclap|a")}
    assert len(ids) == 3
    assert system.read_text().strip() not in ids
    assert not folder.path.exists()
    for words in ("uninitialized\n", "0" * 32 + "\n", ""):
        system.write_text(words)
        assert machine_id("stable", "clap|a", folder, (system,)) == machine_id("stable", "clap|a", folder, ())
    assert machine_id("stable", "clap|a", folder, ()) not in ids
    (secret,) = folder.path.iterdir()
    assert secret.stat().st_mode & 0o777 == 0o600


# -- signed licences -------------------------------------------------------------------------------------------------


def public(private) -> str:
    """The public half of a key, as 64 digits."""
    return private.public_key().public_bytes_raw().hex()


def write_license(folder: Path, private, **fields) -> None:
    """A signed licence file where the host looks for it."""
    words = msgspec.json.encode(fields).decode()
    signature = base64.b64encode(private.sign(words.encode())).decode()
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "files" / f"{fields['product']}.license").write_bytes(
        msgspec.json.encode({"license": words, "signature": signature})
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ""),
        ({"machine": "m", "key": key_digest(KEY).upper(), "expires": 1001.0}, ""),
        ({"machine": "n"}, "is for another machine"),
        ({"key": key_digest("other")}, "is for another key"),
        ({"expires": 1000.0}, "is for a time that is over"),
        ({"plugin": "b", "machine": "n"}, "is for another plugin and another machine"),
    ],
)
def test_a_licence_holds_for_what_it_names(folder, fields, reason):
    private = signer()
    write_license(folder.path, private, **{"plugin": "a", "product": "p", **fields})
    found, why = files.verdict(folder, Question("a", "m", "p", KEY), public(private), clock=lambda: 1000.0)
    assert found is (not reason)
    assert reason in why
    assert KEY not in why
    found, why = files.verdict(folder, Question("a", "m", "p", KEY), public(signer()))
    assert found is False
    assert "was not signed" in why


def test_without_the_package_there_are_no_signed_licences(folder, monkeypatch):
    vendor = signer()
    write_license(folder.path, vendor, plugin="a", product="p")
    terms = Terms(LicensingOffer(folder=str(folder.path), keys={"a": public(vendor)}))
    assert Desk("clap", "a", terms, lambda _: None).check(b"p", None) == 1
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    assert Desk("clap", "a", terms, lambda _: None).check(b"p", None) == 0


def test_a_file_that_is_no_licence_is_none(folder):
    (folder.path / "files").mkdir(parents=True)
    file = folder.path / "files" / "p.license"
    for garbage in (
        b"",
        b"[]",
        b'{"license": 1, "signature": ""}',
        b'{"license": "{}", "signature": ""}',
        b"\xff" * 99,
    ):
        file.write_bytes(garbage)
        found, why = files.verdict(folder, Question("a", "m", "p", KEY), "00" * 32)
        assert found is False
        assert "cannot be read" in why
    assert files.verdict(folder, Question("a", "m", "../p", KEY), "00" * 32) == (None, "")
    assert files.verdict(folder, Question("a", "m", "absent", KEY), "00" * 32) == (None, "")


def test_keys_have_two_forms():
    raw = bytes(range(32))
    assert files.public_key(raw.hex().upper()) == raw.hex()
    assert files.public_key(base64.b64encode(raw).decode()) == raw.hex()
    for wrong in (None, "", "zz" * 32, raw.hex()[:-2], "é", 5):
        assert files.public_key(wrong) == ""


# -- limits ----------------------------------------------------------------------------------------------------------


class Line:
    """Takes questions; nobody answers."""

    def __init__(self):
        self.sent = []

    def send(self, question, listener):
        self.sent.append((question, listener))

    def forget(self, listener):
        del listener


def test_a_plugin_has_twenty_validations_a_day_ten_seconds_apart(folder):
    now = [1_000_000.0]
    lines = []

    def online():
        notes = Notes(Vault(folder, "clap|a"), lambda: True, lines.append)
        return Online("validate", Line(), notes, lines.append, clock=lambda: now[0])

    def tries():
        one = online()  # each in a booth of its own
        one.begin(
            LicenseOnline(number=1, format="clap", plugin_id="a", url="https://v.test/", key=KEY, machine_id="m"), 5
        )
        return [reply.message.partition(":")[0] for reply in one.replies()]

    for _ in range(20):
        assert tries() == []
        assert tries() == ["too soon"]
        now[0] += 10.0
    assert tries() == ["too many"]
    now[0] += 86400.0
    assert tries() == []
    now[0] -= 500_000.0  # a clock that was wrong does not lock a plugin out
    assert tries() == []
    assert lines == []


# -- what is secret --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.test/x?y", "https://a.test:443"),
        ("https://A.TEST:8443", "https://a.test:8443"),
        ("https://[::1]/", "https://[::1]:443"),
        ("http://a.test/", ""),
        ("https://user@a.test/", ""),
        ("https://a.test:99999/", ""),
        ("https://a.test\\@b.test/", ""),
        ("https://a.test/\n", ""),
        ("https:///x", ""),
        ("", ""),
        ("https://[", ""),
    ],
)
def test_an_address_has_an_origin_or_is_not_used(url, origin):
    assert origin_of(url) == origin


def test_secrets_are_hidden():
    url = f"https://a.test/v?key={KEY}#x"
    assert without_query(url) == "https://a.test/v?[hidden]"
    assert without_query("https://a.test/v") == "https://a.test/v"
    for words in (f"no {KEY}", f"get {url} failed", f"key={KEY}"):
        assert KEY not in without_secrets(words, key=KEY, url=url)
    question = LicenseOnline(number=1, format="clap", plugin_id="a", url=url, key=KEY, machine_id="m")
    assert KEY not in repr(question)


def test_verdicts_end(folder):
    clock = itertools.count(1000)
    from isobooth.host.licensing.providers import PastValidations

    notes = Notes(Vault(folder, "clap|a"), lambda: True, lambda _: None)
    notes.write(Record(verdicts={key_digest(KEY): Verdict(machine_id="m", expires=1001.0)}))
    past = PastValidations(notes, lambda: next(clock))
    assert past.verdict(Question("a", "m", "p", KEY)) is True
    assert past.verdict(Question("a", "m", "p", KEY)) is None
    assert past.verdict(Question("a", "n", "p", KEY)) is None
    assert past.verdict(Question("a", "m", "p", "other")) is None

"""The pass for Apple Wallet, signed with a certificate that the test makes for itself."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.core.checks import run_checks
from django.utils import timezone
from PIL import Image

from events import admission, tickets
from events.models import Event
from tests.conftest import seat

URL = "/attend/beijing/ticket.pkpass"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Safari/604.1"
WECHAT = IPHONE + " MicroMessenger/8.0.49"
PEM, KEY_PEM = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()


def issue(subject, issuer, key, by, *, days=365, ca=False):
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = x509.CertificateBuilder(issuer or name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=days))
    return builder.add_extension(x509.BasicConstraints(ca, None), critical=True).sign(by, hashes.SHA256())


@pytest.fixture(scope="session")
def authority():
    """Somebody who stands where Apple stands, and a holder of a pass type: `(root, certificate, key)`."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = issue([(NameOID.COMMON_NAME, "Not Apple")], None, root_key, root_key, ca=True)
    subject = [
        (NameOID.USER_ID, "pass.example.nextstop"),
        (NameOID.COMMON_NAME, "Pass Type ID: pass.example.nextstop"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "TEAM123456"),
    ]
    return root, issue(subject, root.subject, key, root_key), key


@pytest.fixture
def operator(authority, settings, tmp_path):
    """The operator has put the two files where the settings say."""
    root, certificate, key = authority
    (tmp_path / "root.pem").write_bytes(root.public_bytes(PEM))
    (tmp_path / "root.cer").write_bytes(root.public_bytes(serialization.Encoding.DER))
    (tmp_path / "pass.pem").write_bytes(certificate.public_bytes(PEM) + key.private_bytes(PEM, KEY_PEM, PLAIN))
    locked = serialization.BestAvailableEncryption(b"only-for-this-test")
    (tmp_path / "pass.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, locked))
    settings.WALLET_CERTIFICATE, settings.WALLET_PASSWORD = str(tmp_path / "pass.pem"), ""
    settings.WALLET_INTERMEDIATE = str(tmp_path / "root.cer")
    return tmp_path


def opened(answer):
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    return {name: packed.read(name) for name in packed.namelist()}


def test_the_pass_says_what_the_ticket_says(beijing, bo, as_attendee, operator):
    answer = as_attendee(bo).get(URL)
    files = opened(answer)
    said = json.loads(files["pass.json"])

    assert answer["Content-Type"] == "application/vnd.apple.pkpass" and "no-store" in answer["Cache-Control"]
    assert (said["passTypeIdentifier"], said["teamIdentifier"]) == ("pass.example.nextstop", "TEAM123456")
    assert (said["serialNumber"], said["voided"]) == (bo.uid, False)
    assert said["barcodes"][0]["message"] == tickets.payload(bo)
    values = {field["key"]: field["value"] for row in said["eventTicket"].values() for field in row}
    assert (values["name"], values["car"], values["seat"], values["number"]) == ("林小满", "06", "11", "0001")
    assert values["event"] == "Hi~AI, shall we be friends?" and "北京市海淀区" in values["place"]
    assert datetime.fromisoformat(said["relevantDate"]) == beijing.doors_at.replace(microsecond=0)
    sizes = {name: Image.open(io.BytesIO(files[name])).size for name in files if name.endswith(".png")}
    assert sizes["icon.png"] == (29, 29) and sizes["icon@2x.png"] == (58, 58) and sizes["icon@3x.png"] == (87, 87)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to check the signature with")
def test_every_file_is_summed_and_the_sums_are_signed_by_the_certificate(bo, as_attendee, operator):
    files = opened(as_attendee(bo).get(URL))
    sums = json.loads(files["manifest.json"])

    assert set(files) == {*sums, "manifest.json", "signature"}
    assert all(hashlib.sha1(files[name]).hexdigest() == digest for name, digest in sums.items())
    for name in ("manifest.json", "signature"):
        (operator / name).write_bytes(files[name])
    assert verified(operator)
    (operator / "manifest.json").write_bytes(files["manifest.json"] + b" ")
    assert not verified(operator)


def verified(folder):
    """Whether OpenSSL, which knows nothing of our code, accepts the signature."""
    words = "openssl smime -verify -inform DER -in signature -content manifest.json -CAfile root.pem -purpose any"
    return subprocess.run(words.split(), cwd=folder, capture_output=True).returncode == 0


def test_the_certificate_may_come_from_keychain_with_its_password(bo, as_attendee, operator, settings):
    settings.WALLET_CERTIFICATE, settings.WALLET_PASSWORD = str(operator / "pass.p12"), "only-for-this-test"

    assert "signature" in opened(as_attendee(bo).get(URL))


def test_a_place_that_was_given_up_is_a_void_pass(bo, as_attendee, operator):
    admission.cancel(bo, at=timezone.now())

    assert json.loads(opened(as_attendee(bo).get(URL))["pass.json"])["voided"] is True


def place_of(answer):
    back = json.loads(opened(answer)["pass.json"])["eventTicket"]["backFields"]
    return next(field["value"] for field in back if field["key"] == "place")


@pytest.mark.parametrize(("public", "place"), [(False, "Beijing"), (True, "智谱AI 北京市海淀区中关村东路 1 号")])
def test_a_void_pass_tells_the_address_only_where_it_is_public(bo, as_attendee, operator, public, place):
    Event.objects.update(address_is_public=public)
    admission.cancel(bo, at=timezone.now())

    assert place_of(as_attendee(bo).get(URL)) == place


@pytest.mark.parametrize("status", ["applied", "waitlisted", "declined"])
def test_whoever_never_held_a_seat_has_no_pass(beijing, as_attendee, operator, status):
    person = seat(beijing, "白望", "w@nextstop.example", status=status, queued_at=timezone.now())

    assert as_attendee(person).get(URL).status_code == 404


def test_a_cancelled_event_is_a_void_pass(beijing, bo, as_attendee, operator):
    Event.objects.update(cancelled_at=timezone.now())

    assert json.loads(opened(as_attendee(bo).get(URL))["pass.json"])["voided"] is True


@pytest.mark.parametrize(("agent", "offered"), [(IPHONE, True), (WECHAT, False), ("Android", False)])
def test_the_ticket_offers_it_where_there_is_a_wallet(bo, as_attendee, operator, agent, offered):
    page = as_attendee(bo).get("/attend/beijing/ticket/", headers={"user-agent": agent}).content.decode()

    assert ("ticket.pkpass" in page) is offered


def test_without_a_certificate_there_is_none(bo, as_attendee):
    phone = as_attendee(bo)

    assert "pkpass" not in phone.get("/attend/beijing/ticket/", headers={"user-agent": IPHONE}).content.decode()
    assert phone.get(URL).status_code == 404


def test_the_start_names_a_certificate_that_cannot_be_used(operator, authority, settings):
    def found():
        return [problem.id for problem in run_checks(tags=["wallet"])]

    root, _certificate, key = authority
    assert found() == []
    soon = issue([(NameOID.USER_ID, "pass.x")], root.subject, key, key, days=10)
    (operator / "soon.pem").write_bytes(soon.public_bytes(PEM) + key.private_bytes(PEM, KEY_PEM, PLAIN))
    settings.WALLET_CERTIFICATE = str(operator / "soon.pem")
    assert found() == ["nextstop.W011"]
    settings.WALLET_CERTIFICATE = str(operator / "nowhere.pem")
    assert found() == ["nextstop.E012"]
    settings.WALLET_CERTIFICATE = str(operator / "root.pem")  # a certificate without its key
    assert found() == ["nextstop.E012"]

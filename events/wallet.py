"""The ticket as a pass for Apple Wallet, where the operator has a certificate of Apple's for it.

A pass is a zip of pass.json, its pictures, their SHA-1 sums and a detached PKCS #7 signature of the sums (Apple's
"Wallet Passes"). Whose it is (pass type, team) stands in the certificate itself.
"""

import functools
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from events import cards, passes, tickets
from events.templatetags import house

KIND = "application/vnd.apple.pkpass"
PAPER, INK, LABEL = "rgb(246, 220, 208)", "rgb(42, 23, 19)", "rgb(113, 68, 58)"
KEPT = timedelta(hours=12)  # after the end Wallet puts the pass away
ICON, LOGO = 29, (60, 50)  # points


@dataclass(frozen=True)
class Signer:
    """The operator's certificate for passes with its key, and Apple's own between it and the root."""

    certificate: x509.Certificate
    key: Any
    between: tuple[x509.Certificate, ...]

    def said(self, oid) -> str:
        """What the certificate's subject says of itself."""
        found = self.certificate.subject.get_attributes_for_oid(oid)
        return str(found[0].value) if found else ""

    def sign(self, content: bytes) -> bytes:
        """A detached signature in DER with the time of signing."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        for certificate in self.between:
            builder = builder.add_certificate(certificate)
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return builder.sign(serialization.Encoding.DER, options)


def is_offered() -> bool:
    """Whether the operator configured a certificate."""
    return bool(settings.WALLET_CERTIFICATE)


def signer() -> Signer:
    """Read from the files that the settings name; raises OSError or ValueError for what cannot be used."""
    return _signer(settings.WALLET_CERTIFICATE, settings.WALLET_PASSWORD, settings.WALLET_INTERMEDIATE)


@functools.lru_cache(maxsize=4)
def _signer(path: str, password: str, between_path: str) -> Signer:
    content, secret = Path(path).read_bytes(), password.encode() or None
    if content.lstrip().startswith(b"-----BEGIN"):
        first, *more = x509.load_pem_x509_certificates(content)
        key: Any = serialization.load_pem_private_key(content, secret)
    else:  # as Keychain exports it
        key, found, more = pkcs12.load_key_and_certificates(content, secret)
        if found is None or key is None:
            raise ValueError("the file holds no certificate with its key")
        first = found
    if first.public_key() != key.public_key():
        raise ValueError("the key does not belong to the certificate")
    return Signer(first, key, (*more, *(_certificates(between_path) if between_path else ())))


def _certificates(path: str) -> list[x509.Certificate]:
    content = Path(path).read_bytes()
    if content.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]  # as Apple hands it out


def pkpass(attendee) -> bytes:
    """The pass of one attendee, signed. A place that was given up is a pass that says so."""
    by = signer()
    files = {"pass.json": json.dumps(said(attendee, by), ensure_ascii=False).encode(), **_pictures()}
    # Apple’s format asks for SHA-1
    sums = {name: hashlib.sha1(content, usedforsecurity=False).hexdigest() for name, content in files.items()}
    files["manifest.json"] = json.dumps(sums).encode()
    files["signature"] = by.sign(files["manifest.json"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def said(attendee, by: Signer) -> dict:
    """pass.json: what the paper ticket says, in the language of the page."""
    event = attendee.event
    place = " ".join(filter(None, [house.said(event, "venue"), house.said(event, "address")]))
    return {
        "formatVersion": 1,
        "passTypeIdentifier": by.said(NameOID.USER_ID),
        "teamIdentifier": by.said(NameOID.ORGANIZATIONAL_UNIT_NAME),
        "serialNumber": attendee.uid,
        "organizationName": house.said(event.series, "name"),
        "description": house.said(event, "title"),
        "backgroundColor": PAPER,
        "foregroundColor": INK,
        "labelColor": LABEL,
        "sharingProhibited": True,
        "relevantDate": event.local(event.doors_at).isoformat(timespec="seconds"),
        "expirationDate": event.local(event.ends_at + KEPT).isoformat(timespec="seconds"),
        "voided": not attendee.holds_a_seat or event.cancelled_at is not None,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": tickets.payload(attendee),
                "messageEncoding": "iso-8859-1",
                "altText": attendee.spaced_code,
            }
        ],
        "eventTicket": {
            "headerFields": [_field("number", "No.", f"{attendee.number:04d}")],
            "primaryFields": [_field("event", house.said(event, "city"), house.said(event, "title"))],
            "secondaryFields": [
                _field("date", _("Date"), house.day(event.starts_at, event)),
                _field("doors", _("Doors"), house.clock(event.doors_at, event)),
            ],
            "auxiliaryFields": [
                _field("name", _("Name"), attendee.name),
                _field("car", _("Car"), house.two(attendee.carriage) or "—"),
                _field("seat", _("Seat"), house.two(attendee.seat) or "—"),
            ],
            "backFields": [
                _field("place", _("Place"), place or house.said(event, "city")),
                _field("code", _("Code"), attendee.spaced_code),
                _field("link", _("Ticket"), passes.link(attendee)),
                _field(
                    "age", _("This pass"), _("It does not change by itself. The ticket’s page says what is true now.")
                ),
            ],
        },
    }


def _field(key: str, label: str, value: str) -> dict:
    return {"key": key, "label": label, "value": value}


@functools.cache
def _pictures() -> dict[str, bytes]:
    """The house's mark as icon and logo for screens of one, two and three pixels a point."""
    found = {}
    for scale in (1, 2, 3):
        ending = "" if scale == 1 else f"@{scale}x"
        found[f"icon{ending}.png"] = _mark((ICON * scale, ICON * scale), cards.GREEN, "white")
        found[f"logo{ending}.png"] = _mark((LOGO[0] * scale, LOGO[1] * scale), None, cards.GREEN)
    return found


def _mark(size: tuple[int, int], ground: str | None, ink: str) -> bytes:
    image = Image.new("RGBA", (4 * size[0], 4 * size[1]), ground or (0, 0, 0, 0))
    wide = image.width * 0.5
    cards.mark(ImageDraw.Draw(image), (image.width - 1.45 * wide) / 2, image.height / 2, wide, ink)
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, "PNG")
    return buffer.getvalue()

"""One way to reach a person: a mail address or a phone number, recognised and normalised."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Attendee
from events.text import ascii_domain, clean_text

MOBILE_DIGITS = 11


def read_contact(value: str) -> tuple[str, str]:
    """`(kind, normalised)` of what a person typed; raises ValidationError that says what is missing.

    Mail addresses are lower-cased as a whole, and the domain is written as machines write it (例子.中国 is
    xn--fsqu00a.xn--fiqs8s): one person has one spelling, and every mail server takes it. Phone numbers become E.164
    (+8613800138000).
    """
    value = _typed(value)
    if not value:
        raise ValidationError(_("One way to reach you: a phone number or an email address."))
    if "@" in value or re.search(r"[a-zA-Z]", value):
        return Attendee.Contact.MAIL, read_mail(value)
    return Attendee.Contact.PHONE, _phone(value)


def _typed(value: str) -> str:
    """Without what nobody sees, and with the signs of a Chinese keyboard as the other ones."""
    return clean_text(value).replace("＠", "@").replace("。", ".")


def read_mail(value: str) -> str:
    """The mail address, normalised as in `read_contact`; raises ValidationError in words."""
    value = _typed(value).replace(" ", "").lower()
    name, at, _domain = value.rpartition("@")
    if at and not name.isascii():
        raise ValidationError(_("Before the @ only Latin letters, digits and signs: many mail servers take no others."))
    try:
        value = ascii_domain(value)
        EmailValidator()(value)
    except (ValidationError, UnicodeError):
        raise ValidationError(_("That is not a whole email address, for example lin@example.com.")) from None
    if len(value) > 254:
        raise ValidationError(_("That address is too long."))
    return value


def _phone(value: str) -> str:
    digits = re.sub(r"[\s\-().·]", "", value)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+"):
        bare = re.sub(r"\D", "", digits)
        missing = MOBILE_DIGITS - len(bare)
        if missing > 0:
            text = ngettext("Eleven digits, %(n)d more to go", "Eleven digits, %(n)d more to go", missing)
            raise ValidationError(text % {"n": missing})
        if missing < 0:
            raise ValidationError(
                ngettext("Eleven digits, that is %(n)d too many", "Eleven digits, that is %(n)d too many", -missing)
                % {"n": -missing}
            )
    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or not phonenumbers.is_valid_number(number):
        raise ValidationError(_("No such phone number. Outside China, begin with + and the country."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def veil(attendee) -> str:
    """The contact as crew may see it: enough to recognise, not enough to use."""
    if attendee.contact_kind == Attendee.Contact.PHONE:
        return f"{attendee.contact[:-8]}****{attendee.contact[-4:]}"
    name, _at, host = attendee.contact.partition("@")
    return f"{name[:2]}…@{host}" if host else ""

"""Forms of this app: they take input and answer in words; they save nothing."""

import secrets
from datetime import timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events import contacts, fonts, questions
from events.models import Attendee, IntroCard
from events.text import clean_text, graphemes

NAME_LENGTH = 12
ABOUT_LENGTH = 30
FASTEST = timedelta(seconds=0.8)  # between opening the form and sending it
STAMP = signing.TimestampSigner(salt="nextstop.form")


def new_stamp() -> str:
    """A fresh id of one form, signed with the time at which it was opened."""
    return STAMP.sign(secrets.token_urlsafe(12))


class HouseTextInput(forms.TextInput):
    """An input in the house's look."""

    def __init__(self, attrs=None):
        super().__init__({"class": "input", **(attrs or {})})


class ChipSelect(forms.RadioSelect):
    """Choices as chips for a thumb."""

    template_name = "ui/chips.html"


def check_name(value: str) -> str:
    """A cleaned name of 1 to 12 characters that the boards can show; raises ValidationError in words."""
    name = clean_text(value)
    if not name:
        raise ValidationError(_("A name that people can call you by."))
    extra = len(graphemes(name)) - NAME_LENGTH
    if extra > 0:
        text = ngettext(
            "At most 12 characters, that is %(n)d too many", "At most 12 characters, that is %(n)d too many", extra
        )
        raise ValidationError(text % {"n": extra})
    check_size(name, "name")
    strange = [part for part in graphemes(fonts.missing(name)) if not _is_emoji(part)]
    if strange:
        raise ValidationError(
            _("The big screen has no letter for %(chars)s. Please write the name another way."),
            params={"chars": " ".join(strange)},
        )
    return name


def check_size(text: str, field: str) -> None:
    """Raise ValidationError when a text of few characters is too much for its column: an emoji may be made of ten signs."""
    sizes = {one.name: one.max_length for one in Attendee._meta.fields}
    if len(text) > (sizes[field] or 0):
        raise ValidationError(_("These emoji are made of too many parts. Please use fewer of them."))


def _is_emoji(grapheme: str) -> bool:
    """Pages draw these with the phone's own font; pictures leave them out."""
    return 0x1F000 <= ord(grapheme[0]) <= 0x1FAFF or 0x2600 <= ord(grapheme[0]) <= 0x27BF


class RegistrationForm(forms.Form):
    """Two fields are enough; the rest is a wish."""

    name = forms.CharField(
        label=_("Your name"),
        help_text=_("Printed on your ticket and shown on the big screen. A nickname is fine."),
        max_length=200,
        error_messages={"required": _("A name that people can call you by.")},
        widget=HouseTextInput({"autocomplete": "nickname", "data-echo": "name"}),
    )
    contact = forms.CharField(
        label=_("Phone or email"),
        help_text=_("Only to recover your ticket and tell you about changes. Never shown."),
        max_length=300,
        error_messages={"required": _("One way to reach you: a phone number or an email address.")},
        widget=HouseTextInput({"autocomplete": "email", "inputmode": "email", "class": "input num"}),
    )
    about = forms.CharField(
        label=_("What are you working on?"),
        required=False,
        max_length=300,
        widget=HouseTextInput({"data-echo": "about"}),
    )
    wish = forms.ChoiceField(
        label=_("For the film, I’d like to"),
        required=False,
        choices=Attendee.Wish.choices,
        initial=Attendee.Wish.ANY,
        widget=ChipSelect,
    )
    trade = forms.ChoiceField(
        label=_("What do you do?"), required=False, choices=IntroCard.Trade.choices, widget=ChipSelect
    )
    been_before = forms.BooleanField(label=_("I have been to one of these meetups before"), required=False)
    photos_ok = forms.BooleanField(label=_("I may be in photos of the day"), required=False)
    directory_ok = forms.BooleanField(label=_("List me in the directory for other attendees"), required=False)
    sponsors_ok = forms.BooleanField(label=_("The sponsors may get in touch with me"), required=False)
    invitation = forms.CharField(label=_("Invitation code"), required=False, max_length=40, widget=HouseTextInput)
    stamp = forms.CharField(required=False, initial=new_stamp, widget=forms.HiddenInput)
    homepage = forms.CharField(required=False, widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}))

    def __init__(self, *args, event=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.event, self.answers = event, {}
        self.fields |= questions.fields_of(event) if event is not None else {}
        if event is None or event.admission != event.Admission.INVITATION:
            del self.fields["invitation"]

    def clean_name(self):
        return check_name(self.cleaned_data["name"])

    def clean_contact(self):
        self.contact_kind, contact = contacts.read_contact(self.cleaned_data["contact"])
        return contact

    def clean_about(self):
        about = clean_text(self.cleaned_data["about"])
        extra = len(graphemes(about)) - ABOUT_LENGTH
        if extra > 0:
            raise ValidationError(
                ngettext(
                    "At most 30 characters, that is %(n)d too many",
                    "At most 30 characters, that is %(n)d too many",
                    extra,
                )
                % {"n": extra}
            )
        check_size(about, "about")
        return about

    def clean_wish(self):
        return self.cleaned_data["wish"] or Attendee.Wish.ANY

    def clean(self):
        cleaned = super().clean()
        if self.event is not None:
            self.answers, problems = questions.read(self.event, cleaned)
            for name, problem in problems.items():
                self.add_error(name, problem)
        return cleaned

    def own(self):
        """The organiser's own questions, for the page."""
        return [self[name] for name in self.fields if name.startswith("q_")]

    def rules(self):
        return questions.rules(self.event) if self.event is not None else ""

    @property
    def form_id(self) -> str:
        """The id of this form; '' when it did not come from us."""
        try:
            return STAMP.unsign(self.data.get("stamp", ""))
        except signing.BadSignature:
            return ""

    def person(self) -> dict:
        """What `registration.register` wants to know. The trade stands on the intro card."""
        kept = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("homepage", "stamp", "trade", "been_before") and name[:2] != "q_"
        }
        kept["newcomer"] = not self.cleaned_data["been_before"]
        return kept | {"answers": self.answers, "contact_kind": self.contact_kind, "form_id": self.form_id}

    def is_a_bot(self) -> bool:
        """The field that no person sees was filled in."""
        return bool(self.data.get("homepage"))

    def is_too_fast(self) -> bool:
        """Sent sooner after it was opened than a person could; or nobody knows when it was opened."""
        try:
            STAMP.unsign(self.data.get("stamp", ""), max_age=FASTEST)
        except signing.SignatureExpired:  # older than that
            return False
        except signing.BadSignature:  # no stamp of ours: not sent from our page
            return True
        return True

    def pardon(self) -> None:
        """Draw the form again so that a person who was taken for a machine only has to press the button."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["homepage"] = ""  # type: ignore[index]
        if not self.form_id:
            self.data["stamp"] = new_stamp()  # type: ignore[index]


class EditForm(RegistrationForm):
    """What an attendee may change about themselves by the link; the contact stays."""

    newcomer = forms.BooleanField(label=_("It is my first time here"), required=False)
    credits_ok = forms.BooleanField(label=_("Name me among the winners and in the film’s credits"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("contact", "homepage", "invitation", "stamp", "been_before"):
            self.fields.pop(name, None)


class BringForm(RegistrationForm):
    """A guest of somebody: their name, and what the organiser asks everybody, answered by who brings them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields = {name: made for name, made in self.fields.items() if name == "name" or name.startswith("q_")}
        self.fields["name"].label, self.fields["name"].help_text = _("Name of your guest"), ""
        self.fields["name"].widget.attrs["autocomplete"] = "off"


class LostTicketForm(forms.Form):
    """The contact that somebody signed up with."""

    contact = forms.CharField(
        label=_("Phone or email"),
        help_text=_("The one that you signed up with."),
        max_length=300,
        widget=HouseTextInput({"autocomplete": "email", "inputmode": "email"}),
    )

    def clean_contact(self):
        self.contact_kind, contact = contacts.read_contact(self.cleaned_data["contact"])
        return contact


class NextStopForm(forms.Form):
    """A mail address for news of the next stop, and nothing else."""

    email = forms.CharField(
        label=_("Email"),
        max_length=300,
        widget=HouseTextInput({"autocomplete": "email", "inputmode": "email"}),
    )
    homepage = forms.CharField(required=False, widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}))

    def clean_email(self):
        return contacts.read_mail(self.cleaned_data["email"])

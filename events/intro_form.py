"""The intro card as its owner fills it in."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from events.forms import ChipSelect, HouseTextInput
from events.models import IntroCard
from events.text import clean_text, graphemes

LONGEST = 40
COLUMN = 120  # code points that the table takes


class IntroForm(forms.Form):
    """Three lines about oneself, and two switches."""

    trade = forms.ChoiceField(
        label=_("What do you do?"), required=False, choices=IntroCard.Trade.choices, widget=ChipSelect
    )
    ask_me = forms.CharField(
        label=_("Ask me about"),
        required=False,
        max_length=300,
        widget=HouseTextInput({"placeholder": _("Old graphics cards, Sichuan food")}),
    )
    contact = forms.CharField(
        label=_("Contact to swap"),
        help_text=_(
            "WeChat id, mail, whatever you like. Only people whom you met see it, and only when you both agree."
        ),
        required=False,
        max_length=300,
        widget=HouseTextInput({"autocomplete": "off", "class": "input num"}),
    )
    directory_ok = forms.BooleanField(label=_("List me in the directory for other attendees"), required=False)
    alone = forms.BooleanField(label=_("I would like to be left alone today"), required=False)

    def clean_ask_me(self):
        return _short(self.cleaned_data["ask_me"])

    def clean_contact(self):
        return _short(self.cleaned_data["contact"], most=80)


def _short(value, most=LONGEST) -> str:
    value = clean_text(value)
    if len(graphemes(value)) > most:
        raise ValidationError(_("At most %(n)d characters."), params={"n": most})
    if len(value) > COLUMN:
        raise ValidationError(_("These emoji are made of too many parts. Please use fewer of them."))
    return value

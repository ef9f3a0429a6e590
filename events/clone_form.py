"""The form for the next stop in another city."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.forms import HouseTextInput
from events.models import Event
from events.text import clean_text


class CloneForm(forms.Form):
    """City, day, and the two short addresses."""

    city = forms.CharField(label=_("City"), max_length=40, widget=HouseTextInput)
    city_en = forms.CharField(label=_("City in English"), required=False, max_length=40, widget=HouseTextInput)
    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"class": "input", "type": "date"}))
    slug = forms.SlugField(label=_("Address of the page"), max_length=50, widget=HouseTextInput)
    code = forms.CharField(
        label=_("Short code"),
        help_text=_("Capital letters and digits, four to eight of them."),
        validators=[RegexValidator(r"^[A-Z0-9]{4,8}$", _("Capital letters and digits, four to eight of them."))],
        widget=HouseTextInput,
    )

    def __init__(self, *args, event, **kwargs):
        kwargs.setdefault("initial", {"city": event.next_city, "city_en": event.next_city_en})
        super().__init__(*args, **kwargs)
        self.event = event

    def clean_city(self):
        return clean_text(self.cleaned_data["city"])

    def clean_city_en(self):
        return clean_text(self.cleaned_data["city_en"])

    def clean_date(self):
        """The same hour on that day, in the event's zone; not a day that is past."""
        date, was = self.cleaned_data["date"], self.event.local(self.event.starts_at)
        starts_at = datetime.combine(date, was.time(), tzinfo=self.event.zone)
        if starts_at < timezone.now():
            raise ValidationError(_("That day is past."))
        return starts_at

    def clean_slug(self):
        if Event.objects.filter(slug=self.cleaned_data["slug"]).exists():
            raise ValidationError(_("Another event has this address."))
        return self.cleaned_data["slug"]

    def clean_code(self):
        if Event.objects.filter(code=self.cleaned_data["code"]).exists():
            raise ValidationError(_("Another event has this code."))
        return self.cleaned_data["code"]

    def stop(self) -> dict:
        """What `cloning.clone` wants to know."""
        return {("starts_at" if name == "date" else name): value for name, value in self.cleaned_data.items()}

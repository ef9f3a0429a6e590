"""What speakers fill in about themselves and their talks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.text import clean_text
from sessions.models import Speaker, Talk

MOST_PORTRAIT = 5_000_000
TEXT = forms.TextInput(attrs={"class": "input"})


class SpeakerForm(forms.ModelForm):
    """A speaker's own words; the portrait is decoded before it is kept."""

    class Meta:
        model = Speaker
        fields = [
            "name",
            "name_en",
            "said_as",
            "role",
            "role_en",
            "organisation",
            "organisation_en",
            "link",
            "portrait",
        ]
        widgets = {name: TEXT for name in fields if name != "portrait"} | {
            "portrait": forms.FileInput(attrs={"accept": "image/*"})
        }
        help_texts = {"said_as": _("For the host: Liào Hǔ, or “like the tiger”.")}

    def clean(self):
        cleaned = super().clean()
        for name, value in cleaned.items():
            if isinstance(value, str) and name != "link":
                cleaned[name] = clean_text(value)
        if not cleaned.get("name"):
            self.add_error("name", _("A name, as the programme shows it."))
        return cleaned

    def clean_portrait(self):
        picture = self.cleaned_data.get("portrait")
        if picture and getattr(picture, "size", 0) > MOST_PORTRAIT:
            raise forms.ValidationError(_("The picture is larger than 5 MB."))
        return picture


class AbstractForm(forms.ModelForm):
    """A talk's abstract in both languages."""

    class Meta:
        model = Talk
        fields = ["abstract", "abstract_en"]
        widgets = {
            name: forms.Textarea(attrs={"class": "input", "rows": 4, "maxlength": 3000})
            for name in ("abstract", "abstract_en")
        }

    def clean(self):
        cleaned = super().clean()
        for name in self.fields:
            cleaned[name] = clean_text(cleaned.get(name) or "", lines=True)
            if len(cleaned[name]) > 3000:
                self.add_error(name, _("At most 3000 characters."))
        return cleaned

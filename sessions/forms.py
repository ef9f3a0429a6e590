"""What speakers fill in about themselves and their talks."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from events.text import clean_text
from sessions import portraits
from sessions.models import Speaker, Talk
from sessions.models.speaker import LANGUAGES

PORTRAIT_PIXELS = 960
MOST_LINKS = 6
TEXT = forms.TextInput(attrs={"class": "input"})


class SpeakerForm(forms.ModelForm):
    """A speaker's own words; the portrait is drawn anew before it is kept."""

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
            "links",
            "language",
            "portrait",
        ]
        widgets = {name: TEXT for name in fields if name not in ("portrait", "links", "language")} | {
            "portrait": forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
            "links": forms.Textarea(attrs={"class": "input", "rows": 3, "placeholder": "https://"}),
        }
        help_texts = {"said_as": _("For the host: Liào Hǔ, or “like the tiger”.")}

    language = forms.ChoiceField(
        label=_("Language of our mails to you"),
        choices=LANGUAGES,
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    portrait = forms.FileField(
        label=capfirst(_("portrait")),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    without_portrait = forms.BooleanField(label=_("Take my portrait away"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.portrait:
            del self.fields["without_portrait"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("without_portrait") and "portrait" not in self.files:
            cleaned["portrait"] = False  # as Django's own "clear" has it
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = clean_text(value, lines=name == "links")
        if not cleaned.get("name"):
            self.add_error("name", _("A name, as the programme shows it."))
        elif self._others().filter(name=cleaned["name"]).exists():
            self.add_error("name", _("Somebody else in this programme has that name."))
        return cleaned

    def _others(self):
        return Speaker.objects.filter(event=self.instance.event_id).exclude(pk=self.instance.pk)

    def clean_language(self):
        return self.cleaned_data["language"] or self.instance.language

    def clean_links(self):
        found = [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]
        if len(found) > MOST_LINKS:
            raise ValidationError(_("At most %(n)d links."), params={"n": MOST_LINKS})
        check = URLValidator(schemes=["https", "http"])
        for number, url in enumerate(found):
            found[number] = url if "://" in url else f"https://{url}"
            try:
                check(found[number])
            except ValidationError:
                raise ValidationError(_("“%(link)s” is no address."), params={"link": url[:60]}) from None
        return "\n".join(found)

    def clean_portrait(self):
        picture = self.cleaned_data.get("portrait")
        if not picture or not hasattr(picture, "content_type"):  # nothing new was sent
            return picture
        try:
            return portraits.anew(picture, longest=PORTRAIT_PIXELS)
        except portraits.Refused as reason:
            raise ValidationError(str(reason)) from None


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

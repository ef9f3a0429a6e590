"""Input of people about shots and music."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cocreation import music
from cocreation.beats import FASTEST_BY_HAND, SLOWEST_BY_HAND
from cocreation.models import Clip, Montage, Soundtrack
from cocreation.rendering.styles import DEFAULT, STYLES
from cocreation.synthesis import PIECES
from events.text import clean_text, graphemes, sentences

MOST_MUSIC, MOST_TIMELINE = 60_000_000, 300_000_000  # bytes


class ShotForm(forms.ModelForm):
    """The words that go with a shot."""

    class Meta:
        model = Clip
        fields = ["title", "caption", "prompt", "tool", "model", "seed", "may_publish"]
        widgets = {
            "title": forms.TextInput(attrs={"class": "input", "maxlength": 40}),
            "prompt": forms.Textarea(attrs={"class": "input", "rows": 3, "maxlength": 2000}),
            "tool": forms.TextInput(attrs={"class": "input", "maxlength": 60}),
            "model": forms.TextInput(attrs={"class": "input", "maxlength": 60}),
            "seed": forms.TextInput(attrs={"class": "input", "maxlength": 40}),
            "caption": forms.TextInput(attrs={"class": "input", "maxlength": 60}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What the page showed comes back with it: a page that was opened before a teammate took the shot out of the
        # film does not put it in again.
        self.fields["may_publish"].show_hidden_initial = True

    def changed(self) -> dict:
        """The fields that the sender changed, with their new values."""
        words = {name: self.cleaned_data[name] for name in self.changed_data}
        if self["may_publish"].html_initial_name not in self.data:  # not from our page: it says what it means
            words["may_publish"] = self.cleaned_data["may_publish"]
        return words

    def clean_title(self):
        title = clean_text(self.cleaned_data["title"])
        if len(graphemes(title)) > 24:
            raise forms.ValidationError(
                _("%(n)d characters, at most %(most)d"), params={"n": len(graphemes(title)), "most": 24}
            )
        return title

    def clean_prompt(self):
        return clean_text(self.cleaned_data["prompt"], lines=True)

    def clean_tool(self):
        return clean_text(self.cleaned_data["tool"])

    def clean_model(self):
        return clean_text(self.cleaned_data["model"])

    def clean_seed(self):
        return clean_text(self.cleaned_data["seed"])

    def clean_caption(self):
        return clean_text(self.cleaned_data["caption"])


class WishesForm(forms.Form):
    """How a film is to be cut. Empty: as the house does it."""

    order = forms.ChoiceField(choices=Montage.Order.choices, required=False)
    length = forms.ChoiceField(choices=Montage.Length.choices, required=False)
    style = forms.CharField(max_length=20, required=False)
    own_sound = forms.ChoiceField(choices=Montage.OwnSound.choices, required=False)
    soundtrack = forms.CharField(max_length=20, required=False)  # a number, or "piece:name" for one of our own

    def __init__(self, *args, event, **kwargs):
        super().__init__(*args, **kwargs)
        self.event = event

    def clean_style(self):
        style = self.cleaned_data["style"]
        return style if style in STYLES else DEFAULT

    def clean_soundtrack(self):
        word = self.cleaned_data["soundtrack"]
        name = word.removeprefix("piece:")
        if word.startswith("piece:") and name in PIECES:
            return music.house_piece(self.event, name)
        return Soundtrack.objects.filter(event=self.event, pk=word).first() if word.isdecimal() else None

    def wishes(self) -> dict:
        """Arguments of `editing.new_version`."""
        found = self.cleaned_data
        return {
            "order": found["order"] or "team",
            "length": found["length"] or "all",
            "style": found["style"],
            "own_sound": found["own_sound"] or "over",
            "soundtrack": found["soundtrack"],
        }


class ReturnForm(forms.Form):
    """A timeline that an editor has changed."""

    file = forms.FileField(label=_("Edited timeline (.otio or .otioz)"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_TIMELINE:
            raise forms.ValidationError(_("%(mb)d MB, the limit is 300"), params={"mb": round(file.size / 1e6)})
        return file

    def reason(self) -> str:
        return sentences(*(str(error) for errors in self.errors.values() for error in errors))


class MusicForm(forms.ModelForm):
    """A piece of music with the note that says why we may use it."""

    class Meta:
        model = Soundtrack
        fields = ["title", "credit", "file", "bpm", "offset"]
        widgets = {name: forms.TextInput(attrs={"class": "input"}) for name in ("title", "credit")} | {
            name: forms.NumberInput(attrs={"class": "input", "step": "any"}) for name in ("bpm", "offset")
        }

    def clean_bpm(self):
        bpm = self.cleaned_data["bpm"]
        if bpm is not None and not SLOWEST_BY_HAND <= bpm <= FASTEST_BY_HAND:
            raise forms.ValidationError(_("Beats a minute: from 30 to 300."))
        return bpm

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file:
            raise forms.ValidationError(_("Choose a file."))
        if not file.name.lower().endswith((".mp3", ".m4a", ".wav", ".flac", ".ogg")):
            raise forms.ValidationError(_("MP3, M4A, WAV, FLAC or OGG."))
        if file.size > MOST_MUSIC:
            raise forms.ValidationError(_("%(mb)d MB, the limit is 60"), params={"mb": round(file.size / 1e6)})
        return file

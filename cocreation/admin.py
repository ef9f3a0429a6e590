"""What the organiser prepares of the film: theme and rules, music. Shots and renders are facts, to look at."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from cocreation import music
from cocreation.models import Challenge, Clip, Render, Soundtrack, Team
from events.admin_scope import Facts, OfEvent


class _WithOurs(forms.models.ModelChoiceIterator):
    def __iter__(self):
        yield from super().__iter__()
        yield _("ours"), [(f"piece:{name}", title) for name, title in music.titles().items()]


class ThemeMusic(forms.ModelChoiceField):
    """Music of a theme: what was uploaded, and our own pieces, which have no row before an event takes one."""

    iterator = _WithOurs

    def __init__(self, queryset, **kwargs):
        super().__init__(queryset.filter(piece=""), **kwargs)

    def prepare_value(self, value):
        own = Soundtrack.objects.exclude(piece="").filter(pk=value).first() if isinstance(value, int) else None
        return f"piece:{own.piece}" if own else super().prepare_value(value)

    def to_python(self, value):
        name = str(value).removeprefix("piece:")
        return (
            Soundtrack(piece=name) if value == f"piece:{name}" and name in music.titles() else super().to_python(value)
        )


class ThemeForm(forms.ModelForm):
    """A theme; one of our own pieces becomes music of its event."""

    def clean(self):
        found = super().clean()
        event, track = self.cleaned_data.get("event"), self.cleaned_data.get("soundtrack")
        if event and track and track.pk is None:
            self.cleaned_data["soundtrack"] = music.house_piece(event, track.piece)
        return found


@admin.register(Challenge)
class ChallengeAdmin(OfEvent):
    form = ThemeForm
    list_display = ["title", "event", "shots", "closes_at", "quality"]
    list_filter = ["event"]
    search_fields = ["title", "title_en"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "soundtrack":
            kwargs["form_class"] = ThemeMusic
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Soundtrack)
class SoundtrackAdmin(OfEvent):
    list_display = ["title", "credit", "event", "bpm"]
    list_filter = ["event"]
    readonly_fields = ["heard", "sha256"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """The piece is one of ours, named as people know it."""
        if db_field.name != "piece":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        choices = [("", "---------"), *music.titles().items()]
        return forms.ChoiceField(
            choices=choices, required=False, label=db_field.verbose_name, widget=UnfoldAdminSelectWidget
        )

    def get_readonly_fields(self, request, obj=None):
        """Films that are finished were cut to this sound: another file is another piece of music."""
        found = super().get_readonly_fields(request, obj)
        return [*found, "file", "piece"] if obj else found

    def save_model(self, request, obj, form, change):
        """A file that nobody has listened to is listened to now, so that its beats are there before a film is."""
        super().save_model(request, obj, form, change)
        music.ask_to_hear(obj)


@admin.register(Team)
class TeamAdmin(OfEvent):
    list_display = ["code", "name", "event", "colour", "created_at"]
    list_filter = ["event"]
    search_fields = ["code", "name"]
    raw_id_fields = ["captain"]


@admin.register(Clip)
class ClipAdmin(Facts):
    event_path = "team__event"
    list_display = ["team", "slot", "title", "state", "size", "received_at", "withdrawn_at"]
    list_filter = ["state", "team__event"]


@admin.register(Render)
class RenderAdmin(Facts):
    event_path = "montage__challenge__event"
    list_display = ["montage", "frames", "created_at", "finished_at", "published_at"]

"""What the organiser prepares of the film: theme and rules, music. Shots and renders are facts, to look at."""

from django.contrib import admin

from cocreation import music
from cocreation.models import Challenge, Clip, Render, Soundtrack, Team
from events.admin_scope import Facts, OfEvent


@admin.register(Challenge)
class ChallengeAdmin(OfEvent):
    list_display = ["title", "event", "shots", "closes_at", "quality"]
    list_filter = ["event"]
    search_fields = ["title", "title_en"]


@admin.register(Soundtrack)
class SoundtrackAdmin(OfEvent):
    list_display = ["title", "credit", "event", "bpm"]
    list_filter = ["event"]
    readonly_fields = ["heard", "sha256"]

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

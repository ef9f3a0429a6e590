"""What the organiser prepares of the programme."""

from django.contrib import admin

from events.admin_scope import InEvent, OfEvent
from sessions.models import Appearance, Material, Speaker, Talk


class AppearanceInline(InEvent):
    model = Appearance
    extra = 1
    fields = ("speaker", "role", "order", "confirmed_at")


@admin.register(Talk)
class TalkAdmin(OfEvent):
    list_display = ("title", "kind", "starts_at", "minutes", "room", "event")
    list_filter = ("event", "kind")
    search_fields = ("title", "title_en")
    readonly_fields = ("started_at", "ended_at")
    inlines = (AppearanceInline,)


@admin.register(Speaker)
class SpeakerAdmin(OfEvent):
    list_display = ("name", "role", "organisation", "event")
    list_filter = ("event",)
    search_fields = ("name", "name_en")


@admin.register(Material)
class MaterialAdmin(OfEvent):
    event_path = "talk__event"
    list_display = ("title", "kind", "talk", "published_at")

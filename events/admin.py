"""What the organiser prepares in the admin."""

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from unfold.admin import ModelAdmin

from events import changes, pictures
from events.admin_scope import InEvent, OfEvent
from events.models import Contribution, CrewMember, Event, Prompt, Role, ScanPoint, Series, Sponsor, User


@admin.register(Series)
class SeriesAdmin(OfEvent):
    event_path = "events"
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name_en"]}


class ScanPointInline(InEvent):
    model = ScanPoint
    extra = 0


class PromptInline(InEvent):
    model = Prompt
    extra = 0


@admin.register(Event)
class EventAdmin(OfEvent):
    event_path = "pk"
    list_display = ["title", "city", "starts_at", "capacity", "taken", "published_at"]
    inlines = [ScanPointInline, PromptInline]

    def save_model(self, request, obj, form, change):
        """Seats, calendars and attendees follow what was changed."""
        before = Event.objects.get(pk=obj.pk) if change else None
        if change:  # what sign-ups count meanwhile is not ours to write
            counted = {"id", "taken", "tickets_issued", "revision", "asked_again", "questions_asked"}
            obj.save(update_fields=[field.name for field in obj._meta.concrete_fields if field.name not in counted])
        else:
            super().save_model(request, obj, form, change)
        changes.saved(obj, before, at=timezone.now())
        if not change:  # whoever makes an event organises it
            CrewMember.objects.get_or_create(event=obj, user=request.user, role=Role.ORGANISER)


class ContributionInline(InEvent):
    model = Contribution
    extra = 1


class SponsorForm(forms.ModelForm):
    class Meta:
        model = Sponsor
        exclude: list[str] = []

    def clean_logo(self):
        """Looked at by a decoder and written anew, as every picture that strangers will load."""
        logo = self.cleaned_data.get("logo")
        return pictures.cleaned(logo, pictures.LOGO_SIDE) if isinstance(logo, UploadedFile) else logo


@admin.register(Sponsor)
class SponsorAdmin(OfEvent):
    form = SponsorForm
    list_display = ["name", "event", "order"]
    list_filter = ["event"]
    inlines = [ContributionInline]


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ["email", "name", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_superuser"]

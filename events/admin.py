"""What the organiser prepares in the admin."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from events import changes, contacts, crewing, pictures
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


class CrewForm(forms.ModelForm):
    """One more in the crew, by mail address as on the crew's own page; afterwards the duty alone changes."""

    email = forms.EmailField(label=_("Email"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(label=_("Name"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = Role.DOOR  # the least rights

    class Meta:
        model = CrewMember
        fields = ["event", "role", "duty"]

    def clean_email(self):
        return contacts.read_mail(self.cleaned_data["email"])

    def clean(self):
        said = super().clean()
        there = CrewMember.objects.filter(event=said.get("event"), role=said.get("role"), user__email=said.get("email"))
        if there.exists():
            self.add_error("email", _("%(who)s has this role already.") % {"who": said["email"]})
        return said


@admin.register(CrewMember)
class CrewMemberAdmin(OfEvent):
    list_display = ["user", "role", "duty", "event"]
    list_filter = ["event", "role"]
    list_select_related = ["user", "event"]

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **(kwargs if obj else {"form": CrewForm, **kwargs}))

    def get_fields(self, request, obj=None):
        return ["event", "user", "role", "duty"] if obj else ["event", "email", "name", "role", "duty"]

    def get_readonly_fields(self, request, obj=None):
        return ["event", "user", "role"] if obj else []

    def get_actions(self, request):
        """Roles are taken away one by one: each asks whether an organiser stays."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["duty"])
        else:  # the row that was made stands for the form's
            given = {key: form.cleaned_data[key] for key in ("email", "name", "role", "duty")}
            member, _new = crewing.add(obj.event, request, **given)
            obj.pk, obj.user = member.pk, member.user

    def delete_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, object_id)
        if row and row.role == Role.ORGANISER and row.event.crew.filter(role=Role.ORGANISER).count() == 1:
            messages.error(request, _("This is the only organiser. Add another one first."))
            return redirect("admin:events_crewmember_changelist")
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request, obj):
        if not crewing.take_away(obj):  # the other one went meanwhile
            raise PermissionDenied


class UserForm(forms.ModelForm):
    def clean_email(self):
        return User.objects.normalize_email(self.cleaned_data["email"])


@admin.register(User)
class UserAdmin(ModelAdmin):
    form = UserForm
    list_display = ["email", "name", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_superuser"]

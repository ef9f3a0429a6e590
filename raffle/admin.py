"""What the organiser prepares of the raffle; its facts are read-only."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from events.admin_scope import Facts, OfEvent
from raffle.models import Draw, LogRecord, Prize, PrizeCode, Raffle


class PrizeForm(forms.ModelForm):
    """A prize, and codes to seal: they are never shown again here."""

    new_codes = forms.CharField(
        label=_("Add membership codes"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("One a line. They are encrypted, and each is shown to its winner alone."),
    )

    class Meta:
        model = Prize
        exclude = ["added_live_at"]


@admin.register(Prize)
class PrizeAdmin(OfEvent):
    form = PrizeForm
    list_display = ["order", "name", "sponsor", "kind", "quantity"]
    list_display_links = ["name"]
    list_editable = ["order"]
    list_filter = ["event", "kind"]
    search_fields = ["name", "name_en"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for code in form.cleaned_data.get("new_codes", "").splitlines():
            if code.strip():
                PrizeCode.seal(obj, code.strip())


@admin.register(Raffle)
class RaffleAdmin(OfEvent):
    list_display = ["event", "delay", "claim_ms"]
    fields = ["event", "delay", "claim_ms", "countdown_ms", "tone"]

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Draw)
class DrawAdmin(Facts):
    event_path = "raffle__event"
    list_display = ["number", "prize", "quantity", "state", "opened_at"]
    list_filter = ["raffle"]
    exclude = ["secret"]


@admin.register(LogRecord)
class LogRecordAdmin(Facts):
    event_path = "raffle__event"
    list_display = ["seq", "kind", "hash"]
    list_filter = ["raffle", "kind"]

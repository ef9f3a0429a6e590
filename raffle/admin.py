"""What the organiser prepares of the raffle; its facts are read-only."""

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from events import live, pictures
from events.admin_scope import Facts, OfEvent
from events.text import clean_text
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

    def clean_photo(self):
        """Looked at by a decoder, turned upright, without what a camera wrote beside the picture."""
        photo = self.cleaned_data.get("photo")
        return pictures.cleaned(photo) if isinstance(photo, UploadedFile) else photo

    def clean_name(self):
        name = clean_text(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("A prize has a name, and there is at least one of it."))
        if self.instance.pk and name != self.instance.name and self.instance.draws.exists():
            raise forms.ValidationError(_("It was drawn under its name: the public log names it so."))
        return name

    def clean_quantity(self):
        quantity = self.cleaned_data["quantity"]
        if self.instance.pk and quantity < self.instance.drawn:
            raise forms.ValidationError(_("%(n)d of it are drawn already.") % {"n": self.instance.drawn})
        return quantity


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
        PrizeCode.seal_new(obj, [code.strip() for code in form.cleaned_data.get("new_codes", "").splitlines()])
        live.tell(obj.event, "raffle")  # the pot and the phones show the prize at once


@admin.register(Raffle)
class RaffleAdmin(OfEvent):
    list_display = ["event", "delay", "claim_ms"]
    fields = ["event", "delay", "claim_ms", "countdown_ms", "tone"]
    readonly_fields = ["event", "delay", "claim_ms", "countdown_ms"]  # set on the raffle's own page, within its limits

    def has_add_permission(self, request):
        return False  # it begins with the first record of its log

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

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def music_name(soundtrack, filename):
    ending = filename[filename.rfind(".") :].lower()[:6] if "." in filename else ".wav"
    return f"film/{soundtrack.event_id}/music/{uuid.uuid4().hex}{ending}"


class Soundtrack(models.Model):
    """Music for the film, with the note that says why we may use it."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="soundtracks", verbose_name=_("event"))
    title = models.CharField(_("title"), max_length=60)
    credit = models.CharField(_("by, and the licence"), max_length=120, help_text=_("It stands in the end roll."))
    file = models.FileField(_("file"), upload_to=music_name, max_length=200, blank=True)
    piece = models.CharField(_("synthesised piece"), max_length=20, blank=True)
    bpm = models.FloatField(_("beats a minute"), null=True, blank=True, help_text=_("Empty: detected."))
    offset = models.FloatField(_("first beat at second"), default=0)

    heard = models.JSONField(
        _("what was heard"), default=dict, blank=True
    )  # {"bpm", "times", "first", "seconds", "wave"}
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("piece of music"), _("music")
        ordering = ["pk"]

    def __str__(self):
        return self.title

    def clean(self):
        from cocreation.synthesis import PIECES  # numpy: only who writes a row needs it

        if self.piece and self.piece not in PIECES:
            raise ValidationError({"piece": _("There is no such piece: %(names)s.") % {"names": ", ".join(PIECES)}})

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProgrammeVersion(models.Model):
    """The programme as it was announced: numbered, kept, told to the people concerned. Only added."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="programme_versions")
    number = models.PositiveIntegerField()
    snapshot = models.JSONField()  # talk id -> what was announced of it (publishing.snapshot)
    at = models.DateTimeField()
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-number"]
        verbose_name, verbose_name_plural = _("version of the programme"), _("versions of the programme")
        constraints = [models.UniqueConstraint(fields=["event", "number"], name="programme_version_number_once")]

    def __str__(self):
        return f"{self.event} {self.number}"

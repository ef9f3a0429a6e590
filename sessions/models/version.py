from django.db import models, transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

edition_is_old = Signal()  # for what a process remembers of editions; sent at the change, and again once others see it


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


class Edition(models.Model):
    """Which edition of the programme is out: what pages and feeds are cached under. One row an event."""

    event = models.OneToOneField("events.Event", models.CASCADE, related_name="edition")
    version = models.PositiveIntegerField(default=0)  # of the last announcement; 0 before the first
    touched = models.PositiveIntegerField(default=0)  # grows with everything else that the public reads of it

    @classmethod
    def touch(cls, event_id, **fields) -> None:
        """What was cached of this event's programme is old from now on."""
        if not cls.objects.filter(event=event_id).update(touched=F("touched") + 1, **fields):
            cls.objects.get_or_create(event_id=event_id, defaults=fields)
        edition_is_old.send(cls)
        transaction.on_commit(lambda: edition_is_old.send(cls))

from django.db import models
from django.utils.translation import gettext_lazy as _


class Rehearsal(models.Model):
    """A copy of an event with made-up people, on which the whole show is played; removed afterwards."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="rehearsals", verbose_name=_("event"))
    copy = models.OneToOneField("events.Event", models.CASCADE, related_name="rehearsal_of")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("events.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("rehearsal"), _("rehearsals")
        constraints = [models.UniqueConstraint(fields=["event"], name="rehearsal_one_per_event")]

    def __str__(self):
        return str(self.copy)

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entrant(models.Model):
    """A ticket's place in the raffle: the id that the phone made. Erasing the attendee leaves the id anonymous."""

    raffle = models.ForeignKey("raffle.Raffle", models.CASCADE, related_name="entrants")
    attendee = models.ForeignKey("events.Attendee", models.SET_NULL, null=True, related_name="entrants")
    eid = models.CharField(max_length=32)
    on_paper = models.BooleanField(default=False)
    weight = models.PositiveSmallIntegerField(_("stubs in the box"), default=1)  # counts where the raffle weighs
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("entrant"), _("entrants")
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__gte=1, weight__lte=1000), name="entrant_weight_in_range"),
            models.UniqueConstraint(fields=["raffle", "eid"], name="entrant_id_once"),
            models.UniqueConstraint(
                fields=["raffle", "attendee"],
                condition=models.Q(attendee__isnull=False),
                name="entrant_once_per_ticket",
            ),
        ]

    def __str__(self):
        return self.eid[:8]

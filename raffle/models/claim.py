import secrets
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.attendee import CODE_ALPHABET

# Who said "I'm here" is on the way to the desk: from the last row, in the queue of a whole show, in fewer minutes. Not more,
# so that what was claimed in the last draws can be drawn again while the people are still there.
FETCHED_WITHIN = timedelta(minutes=10)


def new_claim_code():
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(4))


class Call(models.Model):
    """A rank is being called: from here its time to answer runs, by the server's clock."""

    draw = models.ForeignKey("raffle.Draw", models.CASCADE, related_name="calls")
    rank = models.PositiveIntegerField()
    at = models.DateTimeField()
    watched_at = models.DateTimeField(null=True)  # when the site was last asked about it, so it was there; null: never
    lost_ms = models.PositiveBigIntegerField(default=0)  # in which the site was away, so that nobody could answer

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "rank"], name="call_once_per_rank")]


class Claim(models.Model):
    """Somebody said "I'm here"."""

    class TooEarly(Exception):
        """The winner may be on their way still: the prize is kept for them."""

    draw = models.ForeignKey("raffle.Draw", models.CASCADE, related_name="claims")
    rank = models.PositiveIntegerField()
    eid = models.CharField(max_length=32)
    attendee = models.ForeignKey("events.Attendee", models.SET_NULL, null=True, related_name="prizes_won")
    by = models.CharField(max_length=5)  # "phone" or "desk"
    code = models.CharField(max_length=4, default=new_claim_code)
    at = models.DateTimeField()
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    handed_over_by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    delivery = models.CharField(_("where to send it"), max_length=300, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)  # never fetched: the prize may be drawn again
    released_why = models.CharField(max_length=200, blank=True)  # on the proof
    released_by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    sponsor_ok = models.BooleanField(_("the sponsor may see the name"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("claim"), _("claims")
        constraints = [models.UniqueConstraint(fields=["draw", "rank"], name="claim_once_per_rank")]

    def __str__(self):
        return f"{self.draw} #{self.rank}"

    @property
    def kept_until(self):
        """Until when the prize is given to nobody else."""
        return self.at + FETCHED_WITHIN


class Void(models.Model):
    """A rank was passed over, with the reason."""

    class Reason(models.TextChoices):
        TIMEOUT = "timeout", _("No answer in time")
        DECLINE = "decline", _("Declined")
        INELIGIBLE = "ineligible", _("Not eligible")
        OVERRIDE = "override", _("Decided by an organiser")

    draw = models.ForeignKey("raffle.Draw", models.CASCADE, related_name="voids")
    rank = models.PositiveIntegerField()
    eid = models.CharField(max_length=32)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    text = models.CharField(max_length=200, blank=True)
    waited_ms = models.PositiveBigIntegerField(default=0)  # a page may be read weeks later
    at = models.DateTimeField()
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "rank"], name="void_once_per_rank")]

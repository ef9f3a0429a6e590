from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.only_grows import OnlyGrows


class ScanPoint(models.Model):
    """A place inside where tickets are scanned once more: the prize desk, dinner. The entrance needs no row."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="scan_points", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("scan point"), _("scan points")
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="scan_point_one_per_name")]

    def __str__(self):
        return self.name


class Scan(OnlyGrows):
    """Something happened at a door: a code was held up, somebody was let in by name, an admission was undone.

    Only ever added: the database refuses the rest (append_only.py). `at` is when it happened; what a phone scanned
    without a network is written later, with its own time and with what the phone had said to the person.
    """

    class Answer(models.TextChoices):
        OK = "ok", _("Welcome")
        ALREADY = "already", _("Already inside")
        WAITING = "waiting", _("No seat")
        CANCELLED = "cancelled", _("Cancelled")
        OTHER = "other", _("Ticket of another event")
        UNKNOWN = "unknown", _("Unknown ticket")
        UNDONE = "undone", _("Undone")

    class How(models.TextChoices):
        CODE = "code", _("Ticket")
        NAME = "name", _("Found by name")
        WALK_IN = "walk_in", _("Walk-in")
        SELF = "self", _("By themselves")
        UNDO = "undo", _("Undo")

    only_grows = ("attendee", "point", "by", "check_in", "clashes_with")
    LET_IN = ("ok", "saved")  # what a phone says offline when the person walks in: known ticket; cannot tell

    event = models.ForeignKey("events.Event", models.PROTECT, related_name="scans")
    nonce = models.CharField(max_length=40)  # made by the phone: uploaded twice, written once
    code = models.CharField(max_length=40)
    attendee = models.ForeignKey("events.Attendee", models.SET_NULL, null=True, related_name="scans")
    answer = models.CharField(max_length=9, choices=Answer.choices)
    how = models.CharField(max_length=7, choices=How.choices, default=How.CODE)
    point = models.ForeignKey(ScanPoint, models.SET_NULL, null=True, related_name="scans")  # None: the entrance
    door = models.CharField(max_length=40, default="1")
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()  # when it happened, by the server's clock
    heard_at = models.DateTimeField(default=timezone.now)  # when the server heard of it
    phone_at = models.DateTimeField(null=True)  # by the phone's clock, which may be wrong
    offline = models.BooleanField(default=False)
    said = models.CharField(max_length=9, blank=True)  # what the phone answered while it was offline
    check_in = models.ForeignKey("events.CheckIn", models.SET_NULL, null=True, related_name="scans")
    clashes_with = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")  # both let somebody in

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("scan"), _("scans")
        constraints = [models.UniqueConstraint(fields=["event", "nonce"], name="scan_once_per_nonce")]
        indexes = [models.Index(fields=["event", "-at"])]

    def __str__(self):
        return f"{self.code} {self.answer}"

    @property
    def let_in(self):
        """Whether somebody walked in after this scan."""
        return self.said in self.LET_IN if self.offline else self.answer == self.Answer.OK


class Visit(models.Model):
    """Somebody was served at a scan point. Undone, it stays as a row; at most one counts."""

    point = models.ForeignKey(ScanPoint, models.PROTECT, related_name="visits")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="visits")
    at = models.DateTimeField()
    door = models.CharField(max_length=40, default="1")
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["point", "attendee"], condition=Q(undone_at=None), name="visit_once_per_point"
            )
        ]

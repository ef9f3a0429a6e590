import secrets

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from raffle import protocol

RULES = (
    "Everybody who came through the door and whose ticket has an entrant id is in the pool. Whoever has won and claimed "
    "a prize is not in the pool again where the opening says so. The order is computed, nobody chooses it; a person who "
    "is called and does not answer within the time is passed over for the next in order. In the room is who was admitted "
    "at the door. Everybody has one stub, unless the list of an opening shows more."
)

MOST_DELAY = 100_000_000  # the verifiers take no more


def new_public_id():
    return secrets.token_hex(16)


class Raffle(models.Model):
    """The raffle of an event: its chained log and where the chain ends."""

    event = models.OneToOneField("events.Event", models.CASCADE, related_name="raffle", verbose_name=_("event"))
    public_id = models.CharField(max_length=32, default=new_public_id, editable=False)  # the event_id of the protocol
    delay = models.PositiveIntegerField(
        _("iterations of the delay"), default=15_000_000, help_text=_("About 4 to 5 seconds of the stage machine.")
    )
    claim_ms = models.PositiveIntegerField(_("time to answer, in milliseconds"), default=60_000)
    delay_fixed = models.BooleanField(default=False)  # an organiser's number; else the stage machine measures it
    calibrated_at = models.DateTimeField(null=True, editable=False)  # when the stage machine measured the delay
    weighted = models.BooleanField(
        _("weights"), default=False, help_text=_("People may have more than one stub; the pool file shows how many.")
    )
    promised = models.JSONField(
        null=True, editable=False
    )  # {ticket number: stubs} of tickets whose id was not there yet
    committed = models.BooleanField(
        _("secret"), default=True, help_text=_("The server adds a secret whose fingerprint is published first.")
    )
    beacon = models.BooleanField(
        _("public beacon"),
        default=False,
        help_text=_("Wait for a round of drand, which nobody knows before the box is locked. Needs the internet."),
    )
    countdown_ms = models.PositiveIntegerField(_("time to contribute, in milliseconds"), default=15_000)
    head = models.CharField(max_length=64, default=protocol.NO_HASH, editable=False)
    length = models.PositiveIntegerField(default=0, editable=False)
    draws_opened = models.PositiveIntegerField(default=0, editable=False)
    tone = models.CharField(_("tone of the master of ceremonies"), max_length=120, blank=True)
    entered_root = models.CharField(max_length=64, blank=True, editable=False)
    entered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("raffle"), _("raffles")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(delay__gte=1, delay__lte=MOST_DELAY), name="raffle_delay_in_range"
            ),
            models.CheckConstraint(condition=models.Q(claim_ms__gte=20_000), name="raffle_time_to_answer_long_enough"),
            models.CheckConstraint(condition=models.Q(countdown_ms__gte=10_000), name="raffle_countdown_long_enough"),
        ]

    def __str__(self):
        return str(self.event)

    def stubs(self, entrant_weight, number) -> int:
        """How often the stub of this ticket counts in a draw that is opened now."""
        if not self.weighted:
            return 1
        return (self.promised or {}).get(str(number), entrant_weight)

    def append(self, kind, body, *, at):
        """Write the next record of the chain in the caller's transaction; the raffle's row is locked until its end."""
        with transaction.atomic():
            Raffle.objects.filter(pk=self.pk).update(length=F("length") + 1)  # the lock
            self.refresh_from_db(fields=["head", "length"])
            entry = protocol.record(self.length - 1, self.head, protocol.milliseconds(at), kind, body)
            digest = protocol.record_hash(entry)
            LogRecord.objects.create(raffle=self, seq=entry["seq"], kind=kind, hash=digest, content=entry)
            Raffle.objects.filter(pk=self.pk).update(head=digest)
            self.head = digest
        return digest


class LogRecord(models.Model):
    """One record of the public log, as it was published. Never changed, never removed: the database refuses it.

    A rehearsal has a log of its own, on a copy of the event, and takes it along when it ends.
    """

    only_grows = ()
    may_go = (
        "EXISTS (SELECT 1 FROM raffle_raffle played JOIN raffle_rehearsal copied ON copied.copy_id = played.event_id"
        " WHERE played.id = OLD.raffle_id)"
    )

    raffle = models.ForeignKey(Raffle, models.PROTECT, related_name="log")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    hash = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["raffle", "seq"], name="log_record_numbered_once")]
        verbose_name, verbose_name_plural = _("log record"), _("log records")

    def __str__(self):
        return f"{self.seq} {self.kind}"

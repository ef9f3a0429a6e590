from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DrawQuerySet(models.QuerySet):
    def in_turn(self):
        """In the order in which the show came to them, the one that it is at the last; none that is set aside."""
        turn = Coalesce("resumed_after", "number")
        return self.filter(set_aside_at=None).order_by(turn, F("resumed_at").asc(nulls_first=True))


class Draw(models.Model):
    """One numbered attempt to draw a prize: opened, frozen, drawn. Nothing of it is undone."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FROZEN = "frozen", _("Frozen")
        DRAWN = "drawn", _("Drawn")
        ABORTED = "aborted", _("Aborted")

    class AlreadyRunning(Exception):
        """Another draw is open or frozen, or people are being called: one at a time."""

    class HasResult(AlreadyRunning):
        """A draw that was set aside has its result, which everybody can read: it is shown before another one is opened."""

    class EmptyPool(Exception):
        """Nobody is in the pool."""

    class NothingLeft(Exception):
        """Fewer of this prize are left than are to be drawn; the argument says how many."""

    class TooMany(NothingLeft):
        """More than the stage shows while they can answer; the argument says how many it can."""

    class NotInPool(Exception):
        """This ticket takes no part in the draw."""

    class TooLate(Exception):
        """The draw is past the point at which this was possible."""

    raffle = models.ForeignKey("raffle.Raffle", models.CASCADE, related_name="draws")
    number = models.PositiveIntegerField()
    prize = models.ForeignKey("raffle.Prize", models.PROTECT, related_name="draws")
    quantity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    press = models.CharField(max_length=64)  # the idempotency key of the press that opened it
    rule = models.JSONField()
    pool = models.JSONField()  # [[eid, weight], …] as published
    delay = models.PositiveIntegerField()
    claim_ms = models.PositiveIntegerField()
    secret = models.CharField(max_length=64, blank=True)  # published with the freeze, committed to in the opening
    beacon = models.JSONField(null=True, blank=True)  # {"chain", "round"} of drand, as declared in the opening
    beacon_sig = models.CharField(max_length=192, blank=True)
    opened_at = models.DateTimeField()
    close_at = models.DateTimeField()
    open_hash = models.CharField(max_length=64)
    crowd = models.JSONField(default=list)  # the sorted nonces, as published
    crowd_root = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True)
    freeze_hash = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    order = models.JSONField(default=list)  # all eids by rank
    drawn_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)  # it waits for its beacon beside the show, which goes on
    resumed_at = models.DateTimeField(null=True)  # the show has come back to it
    resumed_after = models.PositiveIntegerField(null=True)  # after the attempt of this number
    revealed_at = models.DateTimeField(null=True)  # the stage has shown the names; the time to answer runs
    opened_by = models.ForeignKey("events.User", models.SET_NULL, null=True, related_name="+")

    objects = DrawQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name, verbose_name_plural = pgettext_lazy("admin", "draw"), pgettext_lazy("admin", "draws")
        constraints = [
            models.UniqueConstraint(fields=["raffle", "number"], name="draw_numbered_once"),
            models.UniqueConstraint(fields=["raffle", "press"], name="draw_once_per_press"),
            models.UniqueConstraint(
                fields=["raffle"],
                condition=models.Q(state__in=["open", "frozen"], set_aside_at=None),
                name="draw_one_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.prize}"

    @property
    def shown_from(self):
        """When the stage has the result: as it was drawn, or as the show came back to it."""
        return max(self.drawn_at, self.resumed_at) if self.drawn_at and self.resumed_at else self.drawn_at

    def voided(self) -> set[int]:
        return {void.rank for void in self.voids.all()}

    def claimed(self) -> set[int]:
        return {claim.rank for claim in self.claims.all()}

    def is_settled(self) -> bool:
        """Every unit was claimed, or nobody is left to call."""
        from raffle import protocol

        if self.state != self.State.DRAWN or self.revealed_at is None:
            return self.state == self.State.ABORTED
        return set(protocol.current_ranks(self.quantity, len(self.order), self.voided())) <= self.claimed()


class Contribution(models.Model):
    """A nonce that somebody's tap sent while the draw was open."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="contributions")
    entrant = models.ForeignKey("raffle.Entrant", models.SET_NULL, null=True, related_name="contributions")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "nonce"], name="contribution_once")]
        indexes = [models.Index(fields=["draw", "entrant"])]


class SpokenText(models.Model):
    """Digits or dice that were called out in the room, typed by the host."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="texts")
    text = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "text"], name="spoken_text_once")]

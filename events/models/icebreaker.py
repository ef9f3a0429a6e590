from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class IntroCard(models.Model):
    """What somebody says of themselves at the table. The contact is for those with whom both agreed, nobody else."""

    class Trade(models.TextChoices):
        CODE = "code", _("I write code")
        PRODUCT = "product", _("I make products")
        DESIGN = "design", _("I design")
        WORDS = "words", _("I write and film")
        BUSINESS = "business", _("I do business")
        RESEARCH = "research", _("I research or study")

    attendee = models.OneToOneField("events.Attendee", models.CASCADE, related_name="card")
    trade = models.CharField(_("what I do"), max_length=8, choices=Trade.choices, blank=True)
    ask_me = models.CharField(_("ask me about"), max_length=120, blank=True)
    contact = models.CharField(_("contact to share"), max_length=120, blank=True)  # not the one of the sign-up
    alone = models.BooleanField(_("leave me alone today"), default=False)

    def __str__(self):
        return f"{self.attendee}"


class MeetingQuerySet(models.QuerySet):
    def of(self, attendee):
        """The meetings of one person, whoever began."""
        return self.filter(Q(one=attendee) | Q(other=attendee))

    def agreed(self):
        """Both said that they met."""
        return self.exclude(one_met_at=None).exclude(other_met_at=None)


class Meeting(models.Model):
    """Two people, one row: who of them said "we met", and who of them shares a contact. Each thing needs both.

    `one` is the one with the smaller id, so that two who press at the same moment write the same row.
    """

    one = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")
    other = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")
    one_met_at = models.DateTimeField(null=True)
    other_met_at = models.DateTimeField(null=True)
    one_shares_at = models.DateTimeField(null=True)
    other_shares_at = models.DateTimeField(null=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="meeting_one_row_for_two"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="meeting_in_order"),
        ]

    def side(self, attendee) -> str:
        """ "one" or "other": which side this person is."""
        return "one" if attendee.pk == self.one_id else "other"

    def partner(self, attendee):
        return self.other if attendee.pk == self.one_id else self.one


class SeatPin(models.Model):
    """The organiser put this person at this place: dealing the seats anew leaves them there."""

    attendee = models.OneToOneField("events.Attendee", models.CASCADE, related_name="seat_pin")
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()


class Icebreaker(models.Model):
    """The beat of an event's ice-breaker: which card lies on which table. Stage and phones compute it alike."""

    event = models.OneToOneField("events.Event", models.CASCADE, related_name="icebreaker", verbose_name=_("event"))
    begun_at = models.DateTimeField(_("begun"))
    beat = models.PositiveIntegerField(default=0)  # the card that lay there at `begun_at`
    seconds = models.PositiveSmallIntegerField(_("seconds for a card"), default=480)

    class Meta:
        verbose_name, verbose_name_plural = _("ice-breaker"), _("ice-breakers")

    def beat_at(self, at) -> int:
        """The number of the card at a moment."""
        return self.beat + max(0, int((at - self.begun_at).total_seconds()) // self.seconds)

    def next_at(self, at):
        """When the next card is laid."""
        from datetime import timedelta

        passed = max(0, int((at - self.begun_at).total_seconds()) // self.seconds)
        return self.begun_at + timedelta(seconds=(passed + 1) * self.seconds)


class Prompt(models.Model):
    """A card of the organiser's own; without any, the house's cards are dealt."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="prompts", verbose_name=_("event"))
    text = models.CharField(_("text"), max_length=160)
    text_en = models.CharField(_("text in English"), max_length=240, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("ice-breaker card"), _("ice-breaker cards")

    def __str__(self):
        return self.text

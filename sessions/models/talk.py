from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class TalkQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("starts_at", "pk")

    def with_people(self):
        return self.prefetch_related(
            models.Prefetch(
                "appearances",
                queryset=self.model.appearances.rel.related_model.objects.select_related("speaker", "arrived_by"),
            )
        )


class Talk(models.Model):
    """One entry of the programme."""

    taken_out = False  # announced, and no longer in the draft (announced.py): it is shown, and nobody starts it

    class Kind(models.TextChoices):
        TALK = "talk", _("Talk")
        PANEL = "panel", _("Panel")
        OPENING = "opening", _("Opening")
        BREAK = "break", _("Break")
        COCREATION = "cocreation", _("Co-creation")
        RAFFLE = "raffle", _("Raffle")

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="talks", verbose_name=_("event"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TALK)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    short = models.CharField(_("one word for the timeline"), max_length=12, blank=True)
    short_en = models.CharField(_("one word in English"), max_length=16, blank=True)
    abstract = models.TextField(_("abstract"), blank=True, help_text=_("Markdown."))
    abstract_en = models.TextField(_("abstract in English"), blank=True)
    cue = models.TextField(_("cue card for the host"), blank=True)
    room = models.CharField(_("room"), max_length=40, blank=True)
    room_en = models.CharField(_("room in English"), max_length=40, blank=True)
    track = models.CharField(
        _("track"),
        max_length=40,
        blank=True,
        help_text=_("Entries of different tracks run side by side; an entry without one is for everybody."),
    )
    track_en = models.CharField(_("track in English"), max_length=40, blank=True)
    starts_at = models.DateTimeField(_("planned start"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=25)
    least_minutes = models.PositiveSmallIntegerField(
        _("minutes at least"), default=0, help_text=_("A break can give the rest back.")
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = TalkQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name, verbose_name_plural = _("programme entry"), _("programme")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1),
                name="talk_lasts",
                violation_error_message=_("An entry lasts at least a minute: it cannot end before it starts."),
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.least_minutes and self.minutes and self.least_minutes > self.minutes:
            raise ValidationError({"least_minutes": _("It cannot be longer than the entry itself.")})

    @property
    def ends_at(self):
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_session(self):
        """Whether somebody speaks, so that there can be questions."""
        return self.kind in (self.Kind.TALK, self.Kind.PANEL)

    def people(self, *roles):
        return [row for row in self.appearances.all() if not roles or row.role in roles]

    def people_away(self):
        return [row for row in self.appearances.all() if row.arrived_at is None]


class Shift(models.Model):
    """The rest of the day was moved by so many minutes: who, when, from which entry on. Only added."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="shifts")
    minutes = models.SmallIntegerField()
    absorbed_in = models.ForeignKey(Talk, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

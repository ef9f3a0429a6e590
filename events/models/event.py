import zoneinfo
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from events import wording


def check_zone(value):
    """A time zone that the zone database knows."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(zone)s is not a time zone, for example Asia/Shanghai."), params={"zone": value})


FORGOTTEN_AFTER = timedelta(days=30)  # the end, where the organiser names no day
AT_LEAST_ONE = MinValueValidator(1)


class EventQuerySet(models.QuerySet):
    def published(self):
        return self.exclude(published_at=None)

    def run_by(self, user):
        """Events in whose crew the user is; all of them for a superuser."""
        return self if user.is_superuser else self.filter(crew__user=user).distinct()


class Event(models.Model):
    """One stop of the line: a day, a place, a train with so many seats."""

    class Admission(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVAL = "approval", _("By approval")
        INVITATION = "invitation", _("By invitation code")

    series = models.ForeignKey("events.Series", models.PROTECT, related_name="events", verbose_name=_("series"))
    number = models.PositiveSmallIntegerField(_("number of the stop"), default=1)
    slug = models.SlugField(_("address"), unique=True)
    code = models.CharField(
        _("short code"),
        max_length=8,
        unique=True,
        help_text=_("Four to eight capital letters."),
        validators=[RegexValidator("^[A-Z0-9]{2,8}$", _("Capital letters and digits alone: cameras read them best."))],
    )
    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    tagline = models.CharField(_("tagline"), max_length=120, blank=True)
    tagline_en = models.CharField(_("tagline in English"), max_length=160, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    summary_en = models.TextField(_("summary in English"), blank=True)
    city = models.CharField(_("city"), max_length=40)
    city_en = models.CharField(_("city in English"), max_length=40, blank=True)
    next_city = models.CharField(_("next stop"), max_length=40, blank=True)
    next_city_en = models.CharField(_("next stop in English"), max_length=40, blank=True)
    venue = models.CharField(_("venue"), max_length=120, blank=True)
    venue_en = models.CharField(_("venue in English"), max_length=120, blank=True)
    address = models.CharField(_("address of the venue"), max_length=200, blank=True)
    address_en = models.CharField(_("address in English"), max_length=200, blank=True)
    address_is_public = models.BooleanField(_("show the address before sign-up"), default=False)
    directions = models.TextField(_("how to get there"), blank=True)
    directions_en = models.TextField(_("how to get there, in English"), blank=True)
    tables = models.TextField(
        _("where the carriages are"),
        blank=True,
        help_text=_("One line for each carriage: how to find its table, for example “left inside, by the window”."),
    )
    tables_en = models.TextField(_("where the carriages are, in English"), blank=True)
    price = models.CharField(_("price"), max_length=40, blank=True, help_text=_("Empty means free."))

    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai", validators=[check_zone])
    doors_at = models.DateTimeField(_("doors open"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, help_text=_("From then on the recap is shown."))
    forget_at = models.DateTimeField(_("personal data is removed"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)  # SEQUENCE of the calendar entry

    admission = models.CharField(_("admission"), max_length=12, choices=Admission.choices, default=Admission.OPEN)
    invitation_code = models.CharField(_("invitation code"), max_length=40, blank=True)
    registration_closes_at = models.DateTimeField(_("sign-up closes"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("seats"), default=130)
    taken = models.PositiveIntegerField(_("seats taken"), default=0, editable=False)
    tickets_issued = models.PositiveIntegerField(default=0, editable=False)  # the last number that was printed
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to accept an offered seat"), default=2, validators=[AT_LEAST_ONE]
    )
    asks_again = models.BooleanField(_("ask again who comes, three days and one day before"), default=True)
    dealt_at = models.DateTimeField(null=True, blank=True, editable=False)  # the seats, by what people said
    asked_again = models.PositiveSmallIntegerField(default=0, editable=False)  # how often everybody was asked: 0, 1, 2
    questions_asked = models.JSONField(default=list, blank=True, editable=False)  # events/questions.py
    plus_ones = models.PositiveSmallIntegerField(_("guests that a person may bring"), default=0)
    carriages = models.PositiveSmallIntegerField(_("carriages"), default=10, validators=[AT_LEAST_ONE])
    seats_per_carriage = models.PositiveSmallIntegerField(
        _("seats in a carriage"), default=13, validators=[AT_LEAST_ONE]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("event"), _("events")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="event_never_oversold"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="event_ends_after_start"),
            models.CheckConstraint(condition=Q(doors_at__lte=F("starts_at")), name="event_doors_before_start"),
            models.UniqueConstraint(fields=["series", "number"], name="event_one_number_per_series"),
        ]

    def __str__(self):
        return f"{self.title} · {self.city}"

    def get_absolute_url(self):
        return reverse("events:event", args=[self.slug])

    def clean(self):
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end must come after the start.")})
        if self.doors_at and self.starts_at and self.doors_at > self.starts_at:
            raise ValidationError({"doors_at": _("The doors open before the start.")})
        if self.published_at and self.admission == self.Admission.INVITATION and not self.invitation_code:
            raise ValidationError({"invitation_code": _("Nobody can sign up by invitation without a code.")})
        if self.capacity is not None and self.capacity < self.taken:
            raise ValidationError({"capacity": _("%(taken)d people hold a seat already.") % {"taken": self.taken}})

    @property
    def zone(self):
        """The event's own time zone: every time on its pages is told in it."""
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def seats_left(self):
        return max(0, self.capacity - self.taken)

    @cached_property
    def waiting(self) -> int:
        """How many wait in line; a page that says it reads it together with the event."""
        return self.attendees.how_many_wait(self.pk)

    def offers_the_line(self, waiting: int) -> bool:
        """Whether whoever signs up now joins the line: by approval everybody applies, and the organiser decides."""
        return self.admission != self.Admission.APPROVAL and (not self.seats_left or waiting > 0)

    def table_of(self, carriage) -> str:
        """How to find a carriage's table, in the language of the reader; '' where the organiser wrote nothing."""
        lines = [line.strip() for line in wording.said(self, "tables").splitlines()]
        return lines[carriage - 1] if carriage and carriage <= len(lines) else ""

    def local(self, moment):
        return timezone.localtime(moment, self.zone)

    @property
    def forgets_at(self):
        """When personal data goes by itself: on the day that the organiser set, else 30 days after the end."""
        return self.forget_at or self.ends_at + FORGOTTEN_AFTER

    def is_over(self, at):
        return self.ended_at is not None and self.ended_at <= at

    def is_running(self, at):
        return self.doors_at <= at and not self.is_over(at) and self.cancelled_at is None

    def gives_seats(self, at):
        """Whether a free seat may still find somebody: also after sign-up has closed, until the end."""
        return (
            self.published_at is not None and self.cancelled_at is None and not self.is_over(at) and at < self.ends_at
        )

    def accepts_registrations(self, at):
        closes = self.registration_closes_at or self.ends_at
        return self.published_at is not None and self.cancelled_at is None and not self.is_over(at) and at < closes

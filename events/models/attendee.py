import functools
import secrets

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.composed import Composed
from events.models.only_grows import OnlyGrows

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 1 I L O


def new_code():
    """Eight characters that a person can read aloud: 31**8, about 8.5e11."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))


def new_uid():
    return secrets.token_urlsafe(16)


class AttendeeQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(status=Attendee.Status.CONFIRMED)

    def holding_a_seat(self):
        return self.filter(status__in=Attendee.HOLD_A_SEAT)

    def waiting(self):
        """The waiting list, first in line first."""
        return self.filter(status=Attendee.Status.WAITLISTED).order_by("queued_at", "pk")

    def expecting(self):
        """Who has a seat, waits for one, or asked for one: they hear of changes."""
        open_ = [*Attendee.HOLD_A_SEAT, Attendee.Status.WAITLISTED, Attendee.Status.APPLIED]
        return self.filter(status__in=open_, forgotten_at=None)

    def out_of_reach(self):
        """Those of them whom no message reaches: nothing to write to, or a phone without a gateway; nor does their host."""
        written_to = [Attendee.Contact.MAIL, *([Attendee.Contact.PHONE] if settings.SMS_GATEWAY_URL else [])]
        silent = self.expecting().exclude(contact_kind__in=written_to)
        return silent.exclude(contact_kind=Attendee.Contact.NONE, invited_by__contact_kind__in=written_to)

    def how_many_wait(self, event_pk) -> int:
        """The length of an event's line; written out, for the page that a crowd opens."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM events_attendee WHERE event_id = %s AND status = 'waitlisted'", [event_pk]
            )
            return cursor.fetchone()[0]

    def has_late_offers(self, event_pk, *, at) -> bool:
        """Whether an offer of the event ran out and nobody has noticed; written out, for a crowd that waits."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM events_attendee WHERE event_id = %s AND status = 'offered' AND offer_ends_at < %s LIMIT 1",
                [event_pk, connection.ops.adapt_datetimefield_value(at)],
            )
            return cursor.fetchone() is not None

    def heard(self, pk, *, at) -> None:
        """Note that somebody's phone spoke; written out, for every phone in the room does."""
        with connection.cursor() as cursor:
            now = connection.ops.adapt_datetimefield_value(at)
            cursor.execute("UPDATE events_attendee SET heard_at = %s WHERE id = %s", [now, pk])

    def present(self):
        """Those who came through the door (and were not sent back by an undo)."""
        return self.filter(check_ins__undone_at=None, check_ins__isnull=False).distinct()

    def with_arrival(self):
        """Each with `came_at`: when they came through the door, None for those who did not."""
        standing = CheckIn.objects.filter(attendee=models.OuterRef("pk"), undone_at=None).order_by("at")
        return self.annotate(came_at=models.Subquery(standing.values("at")[:1]))

    def heard_since(self, moment):
        """Those whose phone has spoken to the server since then."""
        return self.filter(heard_at__gte=moment)


class Attendee(models.Model):
    """A person's place at an event. Registration is the act, the ticket its code and page."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("Applied")
        WAITLISTED = "waitlisted", _("Waiting list")
        OFFERED = "offered", _("Seat offered")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Contact(models.TextChoices):
        MAIL = "mail", _("Email")
        PHONE = "phone", _("Phone")
        NONE = "none", _("None")  # a walk-in, or a person who was forgotten

    class Wish(models.TextChoices):
        ANY = "any", _("Be put in a team")
        SCRIPT = "script", _("Write")
        PICTURES = "pictures", _("Make shots")
        WATCH = "watch", _("Just watch")

    HOLD_A_SEAT = (Status.OFFERED, Status.CONFIRMED)

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="attendees", verbose_name=_("event"))
    uid = models.CharField(max_length=22, unique=True, default=new_uid, editable=False)
    number = models.PositiveIntegerField(_("ticket number"), null=True)  # None only inside the sign-up's transaction
    code = models.CharField(_("ticket code"), max_length=8, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=80)
    contact = models.CharField(_("contact"), max_length=254, blank=True)
    contact_kind = models.CharField(_("kind of contact"), max_length=5, choices=Contact.choices, default=Contact.MAIL)
    language = models.CharField(_("language"), max_length=8, default="zh-hans")
    about = models.CharField(_("what they are working on"), max_length=120, blank=True)
    wish = models.CharField(_("wish for the film"), max_length=8, choices=Wish.choices, default=Wish.ANY)
    newcomer = models.BooleanField(_("first time here"), default=True)
    user = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="attendances")
    invited_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="guests")

    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)
    queued_at = models.DateTimeField(_("in line since"), null=True, blank=True)
    offer_ends_at = models.DateTimeField(_("seat held until"), null=True, blank=True)
    carriage = models.PositiveSmallIntegerField(_("carriage"), null=True, blank=True)
    seat = models.PositiveSmallIntegerField(_("seat"), null=True, blank=True)
    link_version = models.PositiveSmallIntegerField(default=1, editable=False)  # raise it and old links stop working
    answers = models.JSONField(default=dict, blank=True, editable=False)  # to the organiser's own questions
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)  # "are you still coming?"
    coming_at = models.DateTimeField(_("said again that they come"), null=True, blank=True, editable=False)
    form_id = models.CharField(max_length=22, blank=True, editable=False)  # the form that made them: twice is once
    heard_at = models.DateTimeField(null=True, blank=True, editable=False)  # the phone's last sign of life
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)

    photos_ok = models.BooleanField(_("may be in photos"), default=False)
    directory_ok = models.BooleanField(_("listed in the directory"), default=False)
    sponsors_ok = models.BooleanField(_("sponsors may get in touch"), default=False)
    credits_ok = models.BooleanField(_("named among winners and in the film"), default=True)

    objects = AttendeeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("attendee"), _("attendees")
        ordering = ["number"]
        indexes = [models.Index(fields=["event", "status", "queued_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "contact"], condition=~Q(contact=""), name="attendee_one_per_contact"
            ),
            models.UniqueConstraint(fields=["event", "number"], name="attendee_one_per_number"),
            models.UniqueConstraint(
                fields=["event", "carriage", "seat"], condition=Q(seat__isnull=False), name="attendee_one_per_seat"
            ),
        ]

    def __str__(self):
        return f"No.{self.number or 0:04d}"

    @property
    def spaced_code(self):
        """The code as it is printed, in two groups of four."""
        return f"{self.code[:4]} {self.code[4:]}"

    @property
    def holds_a_seat(self):
        return self.status in self.HOLD_A_SEAT

    @property
    def check_in(self):
        """The admission that counts, or None."""
        found = _standing().one(self.pk)
        if found is None:
            return None
        found[0].attendee = self
        return found[0]

    def people_ahead(self):
        """How many stand before them on the waiting list."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + PLACE_IN_LINE, {"attendee": self.pk})
            return cursor.fetchone()[0]

    def move(self, to, *, at, by=None, note="", **fields):
        """Change the status if it still is what it was read as; True for exactly one caller; logged."""
        was = self.status
        changed = Attendee.objects.filter(pk=self.pk, status=was).update(status=to, **fields)
        if changed:
            self.status = to
            for name, value in fields.items():
                setattr(self, name, value)
            Transition.objects.create(attendee=self, was=was, became=to, at=at, by=by, note=note)
        return bool(changed)


class Transition(OnlyGrows):
    """One step through the state machine of admission: who, when, why. Only ever added: the database refuses the rest."""

    only_grows = ("by",)
    BY_HOST = "by their host"  # the end of the note of what somebody did in the name of a guest of theirs

    attendee = models.ForeignKey(Attendee, models.PROTECT, related_name="transitions")
    was = models.CharField(max_length=10, blank=True)
    became = models.CharField(max_length=10, choices=Attendee.Status.choices)
    at = models.DateTimeField()
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    by_crew = models.BooleanField(default=False)  # stays when the account goes: a no is still an organiser's
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name, verbose_name_plural = _("change of status"), _("changes of status")

    def __str__(self):
        return f"{self.was} → {self.became}"

    def save(self, *args, **kwargs):
        self.by_crew = self.by_id is not None  # no caller can forget it
        super().save(*args, **kwargs)


class CheckIn(models.Model):
    """Somebody came through the door. Undone, it stays as a row; at most one counts."""

    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="check_ins")
    at = models.DateTimeField(_("at"))
    door = models.CharField(_("door"), max_length=40, default="1")
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at"]
        verbose_name, verbose_name_plural = _("check-in"), _("check-ins")
        constraints = [
            models.UniqueConstraint(fields=["attendee"], condition=Q(undone_at=None), name="check_in_once_per_attendee")
        ]

    def __str__(self):
        return f"{self.attendee} {self.at:%H:%M}"


# How many stand before one of them in line, and how many there are in all.
PLACE_IN_LINE = (
    "COUNT(*) FILTER (WHERE (other.queued_at, other.id) < (own.queued_at, own.id)), COUNT(*)"
    " FROM events_attendee own JOIN events_attendee other ON other.event_id = own.event_id"
    " WHERE own.id = %(attendee)s AND other.status = 'waitlisted'"
)


@functools.cache
def _standing() -> Composed:
    return Composed(
        "SELECT {check_in} FROM events_checkin check_in WHERE attendee_id = %s AND undone_at IS NULL ORDER BY at LIMIT 1",
        check_in=CheckIn,
    )


def take_a_seat(event_id):
    """One conditional UPDATE: True when a seat was free and is now taken."""
    from events.models.event import Event

    return Event.objects.filter(pk=event_id, taken__lt=F("capacity")).update(taken=F("taken") + 1) == 1


def give_back_a_seat(event_id):
    """Return a seat; call it in the transaction that ends somebody's hold."""
    from events.models.event import Event

    Event.objects.filter(pk=event_id, taken__gt=0).update(taken=F("taken") - 1)

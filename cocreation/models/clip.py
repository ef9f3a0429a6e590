import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def original_name(clip, filename):
    """Originals lie under names that we made; the sender's name is only a word in the row."""
    return f"film/{clip.team.event_id}/originals/{uuid.uuid4().hex}{clip.ending}"


def rendition_name(rendition, filename):
    """Renditions beside each other, one generated name each."""
    ending = filename[filename.rfind(".") :]
    return f"film/{rendition.clip.team.event_id}/{rendition.kind}/{uuid.uuid4().hex}{ending}"


class ClipQuerySet(models.QuerySet):
    def current(self):
        """Shots that hold their place: not withdrawn, not replaced."""
        return self.filter(withdrawn_at=None)

    def ready(self):
        """Shots that can be in the film: decoded, and their team agrees that they are published."""
        return self.current().filter(state=Clip.State.READY, may_publish=True)

    def standing(self):
        """Shots that a film of today shows: the ready ones, and where a new take cannot be shown yet, the one before it.

        Consent is the place's: today's take may be shown, this one might, and between them nobody took any back.
        """
        place = Clip.objects.filter(team=OuterRef("team"), slot=OuterRef("slot"))
        waits = place.filter(withdrawn_at=None, may_publish=True).exclude(state=Clip.State.READY)
        later = Q(withdrawn_at__gt=OuterRef("withdrawn_at")) | Q(
            withdrawn_at=OuterRef("withdrawn_at"), pk__gt=OuterRef("pk")
        )
        usable = Q(state=Clip.State.READY) & ~Q(original="")
        after = place.filter(later).filter(usable | Q(may_publish=False))
        holds = usable & Q(withdrawn_at__isnull=False) & Exists(waits) & ~Exists(after)
        return self.filter(Q(withdrawn_at=None, state=Clip.State.READY) | holds, may_publish=True)


class Clip(models.Model):
    """A shot (镜头): what a team sent for one of its places."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")

    team = models.ForeignKey("cocreation.Team", models.CASCADE, related_name="clips", verbose_name=_("team"))
    slot = models.PositiveSmallIntegerField(_("shot"))
    title = models.CharField(_("title"), max_length=60, blank=True)
    prompt = models.TextField(_("prompt"), max_length=2000, blank=True)
    tool = models.CharField(_("tool"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    seed = models.CharField(_("seed"), max_length=40, blank=True)
    caption = models.CharField(_("caption in the film"), max_length=60, blank=True)
    may_publish = models.BooleanField(
        _("may be in the film"),
        default=True,
        help_text=_("The film stays public after the event. Without this the shot is on the wall only."),
    )
    sender = models.ForeignKey("events.Attendee", models.SET_NULL, null=True, blank=True, related_name="clips")
    original = models.FileField(_("original"), upload_to=original_name, max_length=200)
    filename = models.CharField(_("name of the file"), max_length=120, blank=True)
    ending = models.CharField(max_length=8, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RECEIVED)
    refusal = models.JSONField(_("reason of the refusal"), null=True, blank=True)
    facts = models.JSONField(_("what the prober found"), default=dict, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn or replaced"), null=True, blank=True)
    again_at = models.DateTimeField(_("asked to send again"), null=True, blank=True)
    likes_count = models.PositiveIntegerField(_("likes"), default=0, editable=False)

    objects = ClipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("shot"), pgettext_lazy("admin", "shots")
        ordering = ["slot", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "slot"], condition=Q(withdrawn_at=None), name="clip_one_current_per_slot"
            )
        ]

    def __str__(self):
        return f"{self.team.code} {self.slot}"

    @property
    def seconds(self):
        return float(self.facts.get("seconds") or 0)

    @property
    def is_portrait(self):
        return (self.facts.get("height") or 0) > (self.facts.get("width") or 0)

    def rendition(self, kind):
        """The rendition of this kind, or None; uses what was prefetched."""
        return next((made for made in self.renditions.all() if made.kind == kind), None)

    @property
    def has_poster(self):
        return self.rendition(Rendition.Kind.POSTER) is not None

    @property
    def has_proxy(self):
        return self.rendition(Rendition.Kind.PROXY) is not None

    @property
    def upscaled(self):
        return self.rendition(Rendition.Kind.UPSCALED)

    @property
    def has_stills(self):
        """Whether both stills of the comparison are there."""
        return {"before", "after"} <= {made.kind for made in self.renditions.all()}


class Rendition(models.Model):
    """A file made from a shot: its poster, the small copy for phones, the upscaled picture."""

    class Kind(models.TextChoices):
        POSTER = "poster", _("Poster")
        PROXY = "proxy", _("Preview")
        UPSCALED = "upscaled", _("Upscaled")
        BEFORE = "before", _("Still before upscaling")
        AFTER = "after", _("Still after upscaling")

    clip = models.ForeignKey(Clip, models.CASCADE, related_name="renditions", verbose_name=_("shot"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    file = models.FileField(_("file"), upload_to=rendition_name, max_length=200)
    backend = models.CharField(_("made by"), max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rendition"), _("renditions")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["clip", "kind"], name="rendition_one_per_kind")]

    def __str__(self):
        return f"{self.clip_id} {self.kind}"


class Like(models.Model):
    """Somebody likes a shot: once."""

    clip = models.ForeignKey(Clip, models.CASCADE, related_name="likes")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("like"), _("likes")
        constraints = [models.UniqueConstraint(fields=["clip", "attendee"], name="like_once_per_attendee")]

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

GRACE = timedelta(minutes=30)  # for what was on its way at the deadline: a bad network is no fault of the team


class Challenge(models.Model):
    """A theme that teams make shots for, its rules, and how the film of it is cut."""

    class Quality(models.TextChoices):
        FAST = "fast", _("Fast")
        BETTER = "better", _("Better")
        BEST = "best", _("Best")

    class Style(models.TextChoices):
        EXPRESS = "express", pgettext_lazy("style", "Express: cuts on the beat")
        WINDOW = "window", pgettext_lazy("style", "Window seat: slow dissolves")
        TICKET = "ticket", pgettext_lazy("style", "Ticket: dips to paper")

    class Shape(models.TextChoices):
        ANY = "any", _("Any shape")
        LANDSCAPE = "landscape", _("Landscape")
        PORTRAIT = "portrait", _("Portrait")

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="challenges", verbose_name=_("event"))
    title = models.CharField(_("title"), max_length=60)
    title_en = models.CharField(_("title in English"), max_length=80, blank=True)
    tagline = models.CharField(_("tagline"), max_length=80, blank=True)
    tagline_en = models.CharField(_("tagline in English"), max_length=120, blank=True)
    rules = models.TextField(_("rules"), blank=True)
    rules_en = models.TextField(_("rules in English"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    shots = models.PositiveSmallIntegerField(
        _("shots of a team"), default=3, validators=[MinValueValidator(1), MaxValueValidator(6)]
    )
    seconds_least = models.FloatField(_("shortest shot in seconds"), default=2.0)
    seconds_most = models.FloatField(_("longest shot in seconds"), default=8.0)
    megabytes_most = models.PositiveIntegerField(_("largest file in MB"), default=200)
    team_megabytes_most = models.PositiveIntegerField(
        _("all files of a team in MB"),
        default=2000,
        help_text=_("For each team of this theme; a team of another theme has that theme’s number."),
    )
    gigabytes_most = models.PositiveIntegerField(
        _("all files of the event in GB"),
        default=60,
        help_text=_(
            "What the teams of all themes have sent counts; where it reaches this, the teams of this theme stop."
        ),
    )
    shape = models.CharField(_("shape"), max_length=9, choices=Shape.choices, default=Shape.ANY)
    example = models.CharField(
        _("example"), max_length=300, blank=True, help_text=_("A prompt that works, or where to look.")
    )
    style = models.CharField(_("style of the film"), max_length=20, choices=Style.choices, blank=True)
    soundtrack = models.ForeignKey(
        "cocreation.Soundtrack", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("music")
    )
    zip_ok = models.BooleanField(_("a team may send one zip"), default=False)
    team_size = models.PositiveSmallIntegerField(_("people in a team"), default=6, validators=[MinValueValidator(2)])
    closes_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    quality = models.CharField(_("upscaling"), max_length=6, choices=Quality.choices, default=Quality.FAST)

    class Meta:
        verbose_name, verbose_name_plural = _("challenge"), _("challenges")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seconds_least__gt=0, seconds_least__lt=F("seconds_most")), name="challenge_seconds_in_order"
            ),
            models.CheckConstraint(condition=Q(shots__gte=1, shots__lte=6), name="challenge_one_to_six_shots"),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.seconds_least and self.seconds_most and self.seconds_least >= self.seconds_most:
            raise ValidationError({"seconds_most": _("The longest shot must be longer than the shortest.")})

    def accepts_shots(self, at):
        """Whether shots may be sent, replaced and withdrawn."""
        return self.closes_at is None or at < self.closes_at

    @property
    def last_call(self):
        """Until when that may arrive what was begun before the deadline; None without a deadline."""
        return self.closes_at + GRACE if self.closes_at else None

    @property
    def film(self):
        """The render that the public sees, or None before the premiere."""
        from cocreation.models.montage import Render

        shown = Render.objects.filter(montage__challenge=self).exclude(published_at=None)
        return shown.select_related("montage").order_by("-published_at").first()

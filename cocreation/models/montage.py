import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

FPS = 30


def film_name(render, filename):
    ending = filename[filename.rfind(".") :]
    return f"film/{render.montage.challenge.event_id}/films/{uuid.uuid4().hex}{ending}"


def cut_name(cut, filename):
    ending = filename[filename.rfind(".") :]
    return f"film/{cut.team.event_id}/cuts/{uuid.uuid4().hex}{ending}"


class Montage(models.Model):
    """A version of the film: the wishes that lead to its plan, and the plan itself. Versions are kept."""

    class Order(models.TextChoices):
        TEAM = "team", _("By team")
        VOTE = "vote", _("By likes")
        FLOW = "flow", _("By energy and colour")
        HAND = "hand", _("By hand")

    class Length(models.TextChoices):
        S30 = "30", _("30 s")
        S60 = "60", _("60 s")
        S180 = "180", _("3 min")
        ALL = "all", _("All")

    class OwnSound(models.TextChoices):
        OVER = "over", _("Over the music")
        UNDER = "under", _("Under the music")
        OFF = "off", _("Off")

    challenge = models.ForeignKey("cocreation.Challenge", models.CASCADE, related_name="montages")
    number = models.PositiveIntegerField(_("version"))
    order = models.CharField(_("order"), max_length=4, choices=Order.choices, default=Order.TEAM)
    length = models.CharField(_("length"), max_length=4, choices=Length.choices, default=Length.ALL)
    style = models.CharField(_("style"), max_length=20, default="")
    soundtrack = models.ForeignKey("cocreation.Soundtrack", models.SET_NULL, null=True, blank=True, related_name="+")
    own_sound = models.CharField(_("sound of the shots"), max_length=5, choices=OwnSound.choices, default=OwnSound.OVER)
    # [{"clip": 3, "start": 12, "length": 60, "lock": true, "mute": true, "caption": "…"}, ...]: frames, all but clip may lack
    sequence = models.JSONField(_("shots in order"), default=list, blank=True)
    plan = models.JSONField(_("plan"), default=dict, blank=True)
    created_by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("montage"), _("montages")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="montage_one_per_number"),
        ]

    def __str__(self):
        return f"{self.challenge} v{self.number}"


class Render(models.Model):
    """One attempt to make a montage into a file. Without `finished_at` there is no file that anybody may see."""

    montage = models.ForeignKey(Montage, models.CASCADE, related_name="renders", verbose_name=_("montage"))
    is_draft = models.BooleanField(_("draft"), default=False)
    file = models.FileField(_("film"), upload_to=film_name, max_length=200, blank=True)
    phone = models.FileField(_("film for phones"), upload_to=film_name, max_length=200, blank=True)
    poster = models.FileField(_("poster"), upload_to=film_name, max_length=200, blank=True)
    bundle = models.FileField(_("handover"), upload_to=film_name, max_length=200, blank=True)
    otioz = models.FileField(upload_to=film_name, max_length=200, blank=True)
    frames = models.PositiveIntegerField(_("frames"), default=0)
    scenes = models.JSONField(default=list, blank=True)  # [{"clip": 3, "team": 1, "start": 270, "frames": 240}]
    plan = models.JSONField(_("plan that was rendered"), default=dict, blank=True)
    stopped_by = models.JSONField(_("shots that stopped it"), default=list, blank=True)  # clips, as in `sequence`
    log = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("render"), _("renders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(finished_at__isnull=False), name="render_published_only_finished"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(is_draft=False), name="render_draft_is_never_published"
            ),
        ]

    def __str__(self):
        return f"{self.montage} #{self.pk}"

    @property
    def seconds(self):
        return self.frames / FPS


class TeamCut(models.Model):
    """A team's part of a film, made to be shared: a GIF, or a vertical film."""

    class Kind(models.TextChoices):
        GIF = "gif", _("GIF")
        VERTICAL = "vertical", _("Vertical film")

    render = models.ForeignKey(Render, models.CASCADE, related_name="team_cuts")
    team = models.ForeignKey("cocreation.Team", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    file = models.FileField(upload_to=cut_name, max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("team’s cut"), _("teams’ cuts")
        constraints = [models.UniqueConstraint(fields=["render", "team", "kind"], name="team_cut_one_per_kind")]

    def __str__(self):
        return f"{self.team_id} {self.kind} of {self.render_id}"

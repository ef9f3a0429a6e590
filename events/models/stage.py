from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class Stage(models.Model):
    """What the big screen shows now: a scene with its parameters, a version, and who controls it."""

    class NotInControl(Exception):
        """Somebody else holds the remote; taking over is explicit."""

    event = models.OneToOneField("events.Event", models.CASCADE, related_name="stage", verbose_name=_("event"))
    scene = models.CharField(_("scene"), max_length=40, default="welcome")
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    cover = models.CharField(max_length=5, blank=True)  # "" the scene, "black" nothing, "safe" the station sign
    version = models.PositiveIntegerField(default=0)
    shown_at = models.DateTimeField(null=True, blank=True)
    controller = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    heard_at = models.DateTimeField(null=True, blank=True)  # the stage browser's last sign of life
    lag_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("stage"), _("stages")

    def __str__(self):
        return f"{self.event.slug}: {self.scene}"

    def show(self, scene, *, by, at, cover="", **params):
        """Change the scene for everybody; raises NotInControl when another person holds the remote.

        `by` is the controlling user, or None for a change that the programme itself makes. A cover that comes or goes
        leaves the scene under it as it is, with the instant since which it is shown: a film goes on.
        """
        from events import live

        with transaction.atomic():
            rows = Stage.objects.filter(pk=self.pk)
            if by is not None:
                rows = rows.filter(models.Q(controller=None) | models.Q(controller=by))
            controller = {"controller": by} if by is not None else {}
            now = Stage.objects.select_for_update().get(pk=self.pk)
            stays = (now.scene, now.params) == (scene, params) and (cover or now.cover)
            shown_at = (now.shown_at or at) if stays else at
            changed = rows.update(
                scene=scene, params=params, cover=cover, version=F("version") + 1, shown_at=shown_at, **controller
            )
            if not changed:
                raise Stage.NotInControl
            self.refresh_from_db()
            live.tell(self.event, "stage", scene=scene, version=self.version, cover=cover)

    def hold_by(self, by) -> None:
        """Raises NotInControl when another person holds the remote; changes nothing."""
        if self.controller_id not in (None, by.pk):
            raise Stage.NotInControl

    def take_over(self, *, by, at):
        """Become the one who controls the stage."""
        from events import live

        with transaction.atomic():
            Stage.objects.filter(pk=self.pk).update(controller=by, version=F("version") + 1)
            self.refresh_from_db()
            live.tell(self.event, "stage", scene=self.scene, version=self.version, cover=self.cover)

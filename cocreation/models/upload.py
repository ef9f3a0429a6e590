import secrets
import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def new_uid():
    return secrets.token_urlsafe(24)


def archive_name(upload, filename):
    """Where a zip waits until it is unpacked."""
    return f"film/{upload.team.event_id}/archives/{uuid.uuid4().hex}.zip"


MOVING = timedelta(seconds=75)  # longer than a phone waits for one chunk (PATIENCE in upload-clip.js)


class UploadQuerySet(models.QuerySet):
    def open(self):
        return self.filter(finished_at=None)


class Upload(models.Model):
    """A file on its way: how much of it has arrived is the size of its part on disk, `received` only a copy of that."""

    uid = models.CharField(max_length=32, unique=True, default=new_uid, editable=False)
    team = models.ForeignKey("cocreation.Team", models.CASCADE, related_name="uploads", verbose_name=_("team"))
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+", verbose_name=_("attendee"))
    slot = models.PositiveSmallIntegerField(_("shot"))
    filename = models.CharField(_("name of the file"), max_length=120, blank=True)
    title = models.CharField(_("title"), max_length=60, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"))
    received = models.PositiveBigIntegerField(_("bytes received"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(_("last chunk"), null=True, blank=True)
    expires_at = models.DateTimeField(_("given up at"))
    finished_at = models.DateTimeField(_("complete"), null=True, blank=True)
    archive = models.FileField(upload_to=archive_name, max_length=200, blank=True)  # a zip, until it is unpacked
    # [{"name": "1.mp4", "slot": 1} or {"name": …, "code": …}]; while it is being unpacked what has its place has an
    # "entry" as well: the offset in the zip.
    unpacked = models.JSONField(default=list, blank=True)
    clip = models.OneToOneField("cocreation.Clip", models.SET_NULL, null=True, blank=True, related_name="upload")

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("upload"), _("uploads")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_has_a_size"),
            models.UniqueConstraint(
                fields=["team", "slot"], condition=Q(finished_at=None), name="upload_one_open_per_slot"
            ),
        ]

    def __str__(self):
        return f"{self.team.code} {self.slot}: {self.received} / {self.size}"

    def is_moving(self, at):
        """Whether bytes came a moment ago: nobody else should begin with the same shot."""
        return at - (self.touched_at or self.created_at) < MOVING

    @property
    def waits(self):
        """Whether it is a zip of which more is to be unpacked, and that is not given up."""
        return bool(self.archive) and all("entry" in row for row in self.unpacked)

    @property
    def percent(self):
        return min(100, 100 * self.received // self.size)

    @property
    def megabytes(self):
        """`(31, 48)`: arrived, of."""
        return round(self.received / 1e6), max(1, round(self.size / 1e6))

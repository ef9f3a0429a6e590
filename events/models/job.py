from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A piece of work and how far it is. The row is the truth, the broker's message a hint (events/jobs.py)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (State.WAITING, State.RUNNING)

    event = models.ForeignKey("events.Event", models.CASCADE, null=True, blank=True, related_name="jobs")
    kind = models.CharField(_("kind"), max_length=40)
    queue = models.CharField(max_length=10, default="default")
    key = models.CharField(max_length=160)  # one open job a key
    subject = models.BigIntegerField(default=0)  # the id of what it is about
    arguments = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=4)
    lease_ends_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)  # when a message was last sent for it
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "lease_ends_at"]), models.Index(fields=["kind", "subject"])]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state__in=["waiting", "running"]), name="job_one_open_per_key"
            )
        ]
        verbose_name, verbose_name_plural = _("job"), _("jobs")

    def __str__(self):
        return f"{self.kind} {self.subject}"

    @property
    def percent(self):
        return min(100, 100 * self.done // self.total) if self.total else 0


class Worker(models.Model):
    """A worker's sign of life, for the health page and the dashboard."""

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.CharField(max_length=120)
    heard_at = models.DateTimeField()

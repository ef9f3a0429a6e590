from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedList(models.Model):
    """A list of people that an organiser has sent, between its preview and its import. Kept for a day at most."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="imported_lists")
    filename = models.CharField(max_length=200, blank=True)
    rows = models.JSONField(default=list)  # [{"line": 2, "name": …, "contact": …, "contact_kind": …, …}, …]
    problems = models.JSONField(default=list)  # [[line, what is wrong], …]
    known = models.PositiveIntegerField(default=0)  # lines whose contact has a place already
    by = models.ForeignKey("events.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("imported list"), _("imported lists")

    def __str__(self):
        return self.filename or str(self.pk)

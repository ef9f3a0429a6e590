import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_token():
    return secrets.token_urlsafe(16)


class Subscriber(models.Model):
    """Somebody who wants to hear about the next stop of a line. Counts only once the mail was answered."""

    series = models.ForeignKey("events.Series", models.CASCADE, related_name="subscribers", verbose_name=_("series"))
    email = models.EmailField(_("email"))
    language = models.CharField(_("language"), max_length=8, default="zh-hans")
    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("subscriber"), _("subscribers")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["series", "email"], name="subscriber_once_per_series")]

    def __str__(self):
        return self.email

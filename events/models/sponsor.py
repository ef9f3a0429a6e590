from django.db import models
from django.utils.translation import gettext_lazy as _


class Sponsor(models.Model):
    """A company that lends something to the day."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="sponsors", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    url = models.URLField(_("website"), blank=True)
    logo = models.ImageField(_("logo"), upload_to="sponsors/", blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("sponsor"), _("sponsors")
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="sponsor_once_per_event")]

    def __str__(self):
        return self.name


class Contribution(models.Model):
    """What a sponsor gave: the venue, staff, a prize, a speaker."""

    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="contributions", verbose_name=_("sponsor"))
    what = models.CharField(_("what"), max_length=80)
    what_en = models.CharField(_("what, in English"), max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("contribution"), _("contributions")

    def __str__(self):
        return self.what

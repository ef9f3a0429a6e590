from django.db import models
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """A line: the meetups of one community, stop by stop."""

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    slug = models.SlugField(_("address"), unique=True)
    about = models.TextField(_("about"), blank=True)
    about_en = models.TextField(_("about in English"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("series"), _("series")

    def __str__(self):
        return self.name

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


def place(_material, _name):
    return f"materials/{uuid.uuid4().hex}.pdf"


class MaterialQuerySet(models.QuerySet):
    def public(self, at, *, over=()):
        """What its speaker has let out: at once, or because the talk is over; after the event every talk is.

        `over` are the ids of talks that are over by the clock, where nobody pressed.
        """
        over = models.Q(talk__ended_at__lte=at) | models.Q(talk__event__ended_at__lte=at) | models.Q(talk__in=over)
        return self.filter(models.Q(published_at__lte=at) | models.Q(over, after_talk=True))


class Material(models.Model):
    """Slides, prompts or pictures that a speaker shares."""

    class Kind(models.TextChoices):
        SLIDES = "slides", _("Slides")
        TEXT = "text", _("Text")
        CODE = "code", _("Code or prompt")
        IMAGE = "image", _("Picture")

    talk = models.ForeignKey("talks.Talk", models.CASCADE, related_name="materials", verbose_name=_("programme entry"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.SLIDES)
    title = models.CharField(_("title"), max_length=120)
    file = models.FileField(_("PDF"), upload_to=place, blank=True)
    text = models.TextField(_("text"), blank=True)
    preview = models.ImageField(
        upload_to="materials/", blank=True, editable=False
    )  # the first page; of a picture, itself
    pages = models.PositiveSmallIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    after_talk = models.BooleanField(_("published when the talk is over"), default=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("material"), _("materials")

    def __str__(self):
        return self.title

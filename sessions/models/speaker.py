from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("zh-hans", "中文"), ("en", "English")]  # each in its own words


class Speaker(models.Model):
    """Somebody who speaks at an event."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="speakers", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    said_as = models.CharField(_("as it is pronounced"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=80, blank=True)
    role_en = models.CharField(_("role in English"), max_length=120, blank=True)
    organisation = models.CharField(_("organisation"), max_length=80, blank=True)
    organisation_en = models.CharField(_("organisation in English"), max_length=120, blank=True)
    portrait = models.ImageField(_("portrait"), upload_to="speakers/", blank=True)
    links = models.TextField(_("links"), blank=True, help_text=_("One address a line."))
    mail = models.EmailField(_("email"), blank=True)
    language = models.CharField(_("language of mails"), max_length=8, choices=LANGUAGES, default="zh-hans")
    link_version = models.PositiveSmallIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("speaker"), _("speakers")
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="speaker_once_per_event")]

    def __str__(self):
        return self.name

    def addresses(self) -> list[tuple[str, str]]:
        """(address, its host as people say it) of every link."""
        found = [line.strip() for line in self.links.splitlines()]
        hosts = [(url, _host(url)) for url in found]
        return [(url, host) for url, host in hosts if host]


def _host(url: str) -> str:
    """The host of a web address; "" for whatever else somebody wrote, for the admin takes any text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.removeprefix("www.") if parts.scheme in ("http", "https") else ""


class Appearance(models.Model):
    """A speaker in a programme entry."""

    class Role(models.TextChoices):
        SPEAKER = "speaker", _("Speaker")
        PANELIST = "panelist", _("Panelist")
        MODERATOR = "moderator", _("Moderator")

    talk = models.ForeignKey(
        "talks.Talk", models.CASCADE, related_name="appearances", verbose_name=_("programme entry")
    )
    speaker = models.ForeignKey(Speaker, models.CASCADE, related_name="appearances", verbose_name=_("speaker"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.SPEAKER)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    arrived_by = models.ForeignKey(
        "events.User", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("appearance"), _("appearances")
        constraints = [models.UniqueConstraint(fields=["talk", "speaker"], name="appearance_once_per_talk")]

    def __str__(self):
        return f"{self.speaker} · {self.talk}"

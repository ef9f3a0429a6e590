from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ORGANISER = "organiser", _("Organiser")
    HOST = "host", _("Host")
    DOOR = "door", _("Door")
    EDITOR = "editor", _("Film editor")


class CrewMember(models.Model):
    """What a user may do at one event. The organiser may do all of it."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="crew", verbose_name=_("event"))
    user = models.ForeignKey("events.User", models.CASCADE, related_name="crew", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    duty = models.CharField(_("duty"), max_length=60, blank=True, help_text=_("For example: door 2, prizes."))

    class Meta:
        verbose_name, verbose_name_plural = _("crew member"), _("crew")
        constraints = [models.UniqueConstraint(fields=["event", "user", "role"], name="crew_each_role_once")]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}"

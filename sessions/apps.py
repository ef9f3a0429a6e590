from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TalksConfig(AppConfig):
    name = "sessions"
    label = "talks"
    verbose_name = _("Programme")

    def ready(self):
        from sessions import cloning, editions, offers, timeline  # noqa: F401  (register scenes, slots and jobs of this app)

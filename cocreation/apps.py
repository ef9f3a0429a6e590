from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CocreationConfig(AppConfig):
    name = "cocreation"
    label = "cocreation"
    verbose_name = _("Co-creation")

    def ready(self):
        from cocreation import cloning, offers  # noqa: F401  (registers scenes, slots and jobs of this app)

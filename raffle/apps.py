from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RaffleConfig(AppConfig):
    name = "raffle"
    label = "raffle"
    verbose_name = _("Raffle")

    def ready(self):
        from raffle import cloning, offers, scenes  # noqa: F401  (they register scenes, slots and jobs of this app)

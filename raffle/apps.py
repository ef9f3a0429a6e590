from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RaffleConfig(AppConfig):
    name = "raffle"
    label = "raffle"
    verbose_name = _("Raffle")

    def ready(self):
        from events import append_only
        from raffle import cloning, offers, scenes  # noqa: F401  (they register scenes, slots and jobs of this app)

        append_only.let_go(  # what was scanned on the copy of a rehearsal goes with it
            "events.Scan", "EXISTS (SELECT 1 FROM raffle_rehearsal copied WHERE copied.copy_id = OLD.event_id)"
        )

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """Who comes, who runs it, who gives, what the big screen shows."""

    name = "events"
    label = "events"
    verbose_name = _("Event")

    def ready(self):
        from django.db.models.signals import post_migrate

        from events import append_only, checks, offers  # noqa: F401  (registers checks, scenes and slots of this app)

        post_migrate.connect(append_only.put_up, sender=self, dispatch_uid="append_only")

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    """The composition root as an app: commands, the dashboard, start-up checks."""

    name = "config"
    label = "config"

    def ready(self):
        from config import celery, checks, demo  # noqa: F401  (register the Celery app, the checks, the demo's film)


class HouseAdminConfig(AdminConfig):
    """Django's admin behind the house's own rule of who may enter."""

    default_site = "config.admin_site.HouseAdminSite"

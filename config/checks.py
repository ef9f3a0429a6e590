"""Start-up checks: a production installation that would lose data or leak is told so before it opens."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def production_is_explicit(app_configs, **kwargs):
    """Errors for what must never be true in production; each names the variable to set."""
    found = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="nextstop.E001"))
    if settings.LOCAL:
        found.append(Error("NEXTSTOP_LOCAL is on: anyone could log in as the demo's people.", id="nextstop.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS must name the hosts.", id="nextstop.E003"))
    if not settings.REDIS_URL:
        found.append(Warning("No REDIS_URL: one host only.", id="nextstop.W001"))
    if not settings.SMTP_HOST:
        found.append(Warning("No SMTP_HOST: mails stay in the outbox.", id="nextstop.W002"))
    return found

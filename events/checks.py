"""Start-up checks of this app."""

from datetime import timedelta

from django.conf import settings
from django.core.checks import Error, Warning, register
from django.db import connection
from django.utils import timezone


@register("database", databases=["default"])
def sqlite_is_safe(app_configs, databases=None, **kwargs):
    """SQLite must keep a committed sign-up through a power cut and never say 'database is locked' at once."""
    if connection.vendor != "sqlite" or not databases:
        return []
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, synchronous) in {("wal", 2), ("memory", 2)}:
        return []
    return [Error(f"SQLite runs with journal_mode={mode}, synchronous={synchronous}.", id="nextstop.E010")]


@register("wallet")
def wallet_passes_can_be_signed(app_configs, **kwargs):
    """A certificate that cannot be read is found at the start, and one that soon runs out a month before."""
    from events import wallet

    if not settings.WALLET_CERTIFICATE:
        return []
    try:
        ends = wallet.signer().certificate.not_valid_after_utc
    except (OSError, ValueError, TypeError) as problem:
        return [Error(f"The certificate for Wallet passes cannot be used: {problem}", id="nextstop.E012")]
    if ends < timezone.now() + timedelta(days=30):
        return [Warning(f"The certificate for Wallet passes ends on {ends:%Y-%m-%d}.", id="nextstop.W011")]
    return []

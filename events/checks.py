"""Start-up checks of this app."""

from django.core.checks import Error, register
from django.db import connection


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

"""Logs that only grow: the database itself refuses to change or to delete a row, whoever asks.

A model says so with `only_grows = ("attendee", …)`: the links that may become empty when the other row goes; nothing else
of a row ever changes. `may_go`, or what another app lets go with `let_go`, is the SQL that a row (OLD) must fulfil to be
deleted nevertheless, for what was never real. The guards are put up after each migration, because SQLite loses them when
it remakes a table.
"""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection as default_connection
from django.db import connections, transaction

REFUSAL = "a log only grows"

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION nextstop_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


_excuses: dict[str, str] = {}


def let_go(label: str, condition: str) -> None:
    """Let rows of another app's log (`"events.Scan"`) be deleted where this SQL holds; said when the app is ready."""
    _excuses[label] = condition


def logs():
    """The models whose rows are only added."""
    return [model for model in apps.get_models() if getattr(model, "only_grows", None) is not None]


def put_up(using="default", **_signal) -> None:
    """Write the guards of every log into the database, or write them anew."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
        for model in logs():
            if model._meta.db_table in tables:
                _drop(cursor, connection, model)
                for statement in _guards(connection, model):
                    cursor.execute(statement)


@contextmanager
def lifted(connection=default_connection):
    """For a migration that must touch old rows, and to empty a database of tests.

    Afterwards the guards stand as they stood, not as today's models say: a migration meets tables that do not have all
    their columns yet.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a table with checks put off until the commit keeps its triggers
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        standing = _standing(cursor, connection)
        for model in logs():
            _drop(cursor, connection, model)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in standing:
                cursor.execute(statement)


def _standing(cursor, connection) -> list[str]:
    """The guards as the database holds them, in SQL."""
    names = [f"{model._meta.db_table}_no_{what}" for model in logs() for what in ("update", "delete")]
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgname::text = ANY(%s) AND pg_table_is_visible(tgrelid)",
            [names],
        )
    else:
        marks = ", ".join(["%s"] * len(names))
        cursor.execute(f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name IN ({marks})", names)  # noqa: S608  (marks alone)
    return [statement for (statement,) in cursor.fetchall()]


def _drop(cursor, connection, model) -> None:
    table = model._meta.db_table
    for what in ("update", "delete"):
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}{on}")


def _guards(connection, model) -> list[str]:
    table, links = model._meta.db_table, set(model.only_grows)
    different = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    changed = []
    for field in model._meta.concrete_fields:
        column = connection.ops.quote_name(field.column)
        rule = f"OLD.{column} {different} NEW.{column}"
        changed.append(f"(NEW.{column} IS NOT NULL AND {rule})" if field.name in links else rule)
    excuse = _excuses.get(model._meta.label) or getattr(model, "may_go", "")
    update = f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({' OR '.join(changed)})"
    delete = f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW"
    if connection.vendor == "sqlite":
        act = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        return [f"{update} {act}", f"{delete} {f'WHEN NOT ({excuse}) ' if excuse else ''}{act}"]
    act = "EXECUTE FUNCTION nextstop_only_grows()"
    if not excuse:
        return [f"{update} {act}", f"{delete} {act}"]
    keep = _POSTGRESQL.replace("nextstop_only_grows", f"{table}_stays")  # WHEN takes no subquery there
    keep = keep.replace("BEGIN ", f"BEGIN IF {excuse} THEN RETURN OLD; END IF; ")
    return [f"{update} {act}", keep, f"{delete} EXECUTE FUNCTION {table}_stays()"]

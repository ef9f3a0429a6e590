"""A question that a crowd asks the database: its SQL is composed once, instead of anew for each request.

Composing takes the ORM three times as long as the database takes to answer. What is kept is the text and which columns
need converting; every answer is read from the database.

    EVENT = Composed("SELECT {event}, {series} FROM events_event event JOIN … WHERE event.slug = %s",
                     event=Event, series=Series)
    event, series = EVENT.one("beijing")
"""

from django.db import connection


class Composed:
    """`sql` names the columns of a model by the alias of its table in braces; `models` are these aliases."""

    def __init__(self, sql: str, **models):
        self.sql, self.models = sql, models
        self.known: dict[str, tuple[str, list]] = {}  # by database, of which tests have two

    def one(self, *values) -> tuple | None:
        """The models of the first row in the order in which they were named, then what else the SQL selects; or None."""
        sql, parts = self.known.get(connection.vendor) or self._compose()
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
        if row is None:
            return None
        row = list(row)
        found: list = []
        more = 0
        for model, names, first, converters in parts:
            for place, column, functions in converters:
                for function in functions:
                    row[place] = function(row[place], column, connection)
            more = first + len(names)
            found.append(model.from_db("default", names, row[first:more]))
        return *found, *row[more:]

    def _compose(self) -> tuple[str, list]:
        texts, parts, place = {}, [], 0
        for alias, model in self.models.items():
            columns = [field.get_col(alias) for field in model._meta.concrete_fields]
            quote = connection.ops.quote_name
            texts[alias] = ", ".join(f"{quote(alias)}.{quote(column.target.column)}" for column in columns)
            converters = []
            for number, column in enumerate(columns, place):
                functions = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
                if functions:
                    converters.append((number, column, functions))
            parts.append((model, [column.target.attname for column in columns], place, converters))
            place += len(columns)
        self.known[connection.vendor] = self.sql.format(**texts), parts
        return self.known[connection.vendor]

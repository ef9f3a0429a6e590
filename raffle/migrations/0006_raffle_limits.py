from django.db import migrations, models
from django.db.models import functions


def bring_within(apps, schema_editor):
    """The admin let anything be saved: what could not be computed, or passed everybody over at once.

    One statement: PostgreSQL alters no table in which a row was written twice in the same transaction.
    """
    raffles = apps.get_model("raffle", "Raffle").objects.using(schema_editor.connection.alias)
    whole = models.PositiveIntegerField()
    impossible = models.Q(delay=0) | models.Q(delay__gt=2_000_000_000)
    raffles.filter(impossible | models.Q(claim_ms__lt=20_000) | models.Q(countdown_ms__lt=10_000)).update(
        delay=models.Case(models.When(impossible, then=15_000_000), default=models.F("delay"), output_field=whole),
        claim_ms=functions.Greatest("claim_ms", 20_000, output_field=whole),
        countdown_ms=functions.Greatest("countdown_ms", 10_000, output_field=whole),
    )


def lower_the_guard(apps, schema_editor):
    """SQLite remakes the raffle's table, and a guard of the log that names it would stop that; all are put up anew after."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS raffle_logrecord_no_delete")


class Migration(migrations.Migration):
    dependencies = [("raffle", "0005_log_stays")]

    operations = [
        migrations.RunPython(lower_the_guard, migrations.RunPython.noop),
        migrations.RunPython(bring_within, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="raffle",
            constraint=models.CheckConstraint(
                condition=models.Q(("delay__gte", 1), ("delay__lte", 2000000000)), name="raffle_delay_in_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="raffle",
            constraint=models.CheckConstraint(
                condition=models.Q(("claim_ms__gte", 20000)), name="raffle_time_to_answer_long_enough"
            ),
        ),
        migrations.AddConstraint(
            model_name="raffle",
            constraint=models.CheckConstraint(
                condition=models.Q(("countdown_ms__gte", 10000)), name="raffle_countdown_long_enough"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, lower_the_guard),
    ]

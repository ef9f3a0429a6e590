from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone

from events.append_only import lifted


def keep_whose_decision_it_was(apps, schema_editor):
    """Steps of before this column, while their accounts are there. SQLite has lost the guard with the table that it
    remade for the column; there it comes back after the migrations (events/append_only.py).
    """
    steps = apps.get_model("events", "Transition")._base_manager.filter(by__isnull=False)
    if steps.exists():
        with lifted(schema_editor.connection):
            steps.update(by_crew=True)


def count_as_dealt(apps, schema_editor):
    """Nobody knows whether the seats of before were dealt. Where the doors are near, or past, people have read their
    seat: the desk does not press anybody to deal them anew.
    """
    now = timezone.now()
    near = apps.get_model("events", "Event")._base_manager.filter(doors_at__lte=now + timedelta(days=3), dealt_at=None)
    near.update(dealt_at=now)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0008_checked_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="dealt_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="transition",
            name="by_crew",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(keep_whose_decision_it_was, migrations.RunPython.noop),
        migrations.RunPython(count_as_dealt, migrations.RunPython.noop),
    ]

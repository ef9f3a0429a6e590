from django.db import migrations, models


def keep_whose_decision_it_was(apps, schema_editor):
    """Steps of before this column, while their accounts are there. The guard that is taken down here comes back by
    itself after the migrations (events/append_only.py).
    """
    steps = apps.get_model("events", "Transition")._base_manager.filter(by__isnull=False)
    if steps.exists():
        on = " ON events_transition" if schema_editor.connection.vendor == "postgresql" else ""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS events_transition_no_update{on}")
        steps.update(by_crew=True)


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
    ]

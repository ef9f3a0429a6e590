from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("raffle", "0006_raffle_limits")]

    operations = [
        migrations.RemoveConstraint(model_name="draw", name="draw_one_at_a_time"),
        migrations.AddField(model_name="call", name="lost_ms", field=models.PositiveBigIntegerField(default=0)),
        migrations.AddField(model_name="call", name="watched_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="draw", name="resumed_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="draw", name="resumed_after", field=models.PositiveIntegerField(null=True)
        ),
        migrations.AddField(model_name="draw", name="set_aside_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="raffle", name="promised", field=models.JSONField(editable=False, null=True)
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.UniqueConstraint(
                condition=models.Q(("set_aside_at", None), ("state__in", ["open", "frozen"])),
                fields=("raffle",),
                name="draw_one_at_a_time",
            ),
        ),
    ]

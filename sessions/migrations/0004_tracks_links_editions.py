import django.db.models.deletion
from django.db import migrations, models


def announce_what_was_public(apps, schema_editor):
    """Until now every entry was public at once: what is there becomes version 1, so that nothing disappears."""
    Talk, Version = apps.get_model("talks", "Talk"), apps.get_model("talks", "ProgrammeVersion")
    Edition = apps.get_model("talks", "Edition")
    for event in set(Talk.objects.values_list("event", flat=True)):
        version = Version.objects.filter(event=event).order_by("-number").first()
        if version is None:
            talks = Talk.objects.filter(event=event).order_by("starts_at", "pk")
            version = Version.objects.create(
                event_id=event,
                number=1,
                at=talks[0].event.published_at or talks[0].event.created_at,
                snapshot={str(talk.pk): _facts(talk) for talk in talks},
            )
        Edition.objects.create(event_id=event, version=version.number)


def _facts(talk):
    names = ("kind", "title", "title_en", "short", "short_en", "minutes", "least_minutes", "room", "room_en", "revision")
    parts = talk.appearances.order_by("order", "pk")
    return {
        **{name: getattr(talk, name) for name in names},
        "track": "",
        "track_en": "",
        "starts_at": talk.starts_at.isoformat(),
        "people": {str(row.speaker_id): row.speaker.name for row in parts},
        "parts": [[row.speaker_id, row.role, row.order] for row in parts],
    }


class Migration(migrations.Migration):
    dependencies = [("talks", "0003_versions")]

    operations = [
        migrations.AddField(
            model_name="talk",
            name="track",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Entries of different tracks run side by side; an entry without one is for everybody.",
                max_length=40,
                verbose_name="track",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="talk",
            name="track_en",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="track in English"),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="talk", name="talk_lasts"),
        migrations.AddConstraint(
            model_name="talk",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 1)),
                name="talk_lasts",
                violation_error_message="An entry lasts at least a minute: it cannot end before it starts.",
            ),
        ),
        migrations.RenameField(model_name="speaker", old_name="link", new_name="links"),
        migrations.AlterField(
            model_name="speaker",
            name="links",
            field=models.TextField(blank=True, help_text="One address a line.", verbose_name="links"),
        ),
        migrations.AddField(
            model_name="appearance",
            name="declined_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="declined"),
        ),
        migrations.AlterField(
            model_name="material",
            name="kind",
            field=models.CharField(
                choices=[("slides", "Slides"), ("text", "Text"), ("code", "Code or prompt"), ("image", "Picture")],
                default="slides",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0)),
                ("touched", models.PositiveIntegerField(default=0)),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edition", to="events.event"
                    ),
                ),
            ],
        ),
        migrations.RunPython(announce_what_was_public, migrations.RunPython.noop),
    ]

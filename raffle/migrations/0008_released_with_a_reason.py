from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("raffle", "0007_set_aside_watched_promised")]

    operations = [
        migrations.AddField(
            model_name="claim", name="released_why", field=models.CharField(blank=True, max_length=200)
        ),
    ]

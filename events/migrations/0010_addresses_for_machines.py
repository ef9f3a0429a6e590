from django.db import migrations


def write_for_machines(apps, schema_editor):
    """Accounts and subscribers of before keep their address as it is looked for from now on: 例子.中国 is xn--….

    Whoever has signed up anew under the other spelling meanwhile keeps that; the old row stays as it is.
    """
    for model, others in (("User", ()), ("Subscriber", ("series_id",))):
        rows = apps.get_model("events", model)._base_manager
        for row in rows.only("email", *others).iterator():
            email = _for_machines(row.email)
            same = {name: getattr(row, name) for name in others}
            if email != row.email and not rows.filter(email=email, **same).exists():
                rows.filter(pk=row.pk).update(email=email)


def _for_machines(address):
    name, at, domain = address.rpartition("@")
    try:
        return f"{name}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:  # no server writes it
        return address


class Migration(migrations.Migration):
    dependencies = [("events", "0009_who_decided_and_dealt")]

    operations = [migrations.RunPython(write_for_machines, migrations.RunPython.noop)]

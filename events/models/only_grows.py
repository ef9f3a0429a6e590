from django.db import models


class AppendOnlyQuerySet(models.QuerySet):
    """Rows of a log: they are added and read."""

    def update(self, **_fields):
        raise TypeError("a log only grows: rows are not changed")

    def delete(self):
        raise TypeError("a log only grows: rows are not deleted")


class OnlyGrows(models.Model):
    """A row of a log. The database refuses the rest as well (append_only.py): `only_grows` names the links that may
    become empty when the other row goes.
    """

    only_grows: tuple[str, ...]

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise TypeError("a log only grows: rows are not changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("a log only grows: rows are not deleted")

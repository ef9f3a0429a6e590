"""The admin, scoped: an organiser sees and changes what belongs to the events that they organise, and nothing else.

Django's own permissions know models, not events. Here a superuser may do everything; an organiser may do what a
model admin allows to organisers, for rows of their events; everybody else has no admin.
"""

from django.conf import settings
from django.db.models import Model, Q
from unfold.admin import ModelAdmin, TabularInline

from events.access import has_second_factor
from events.models import CrewMember, Event, Role, Series


def organised_by(user):
    """The events that this user organises."""
    if user.is_superuser:
        return Event.objects.all()
    return Event.objects.filter(crew__user=user, crew__role=Role.ORGANISER)


def may_enter(request) -> bool:
    """Whether the admin opens at all: superusers and organisers, with a second factor where the house asks for one."""
    user = request.user
    if not user.is_active or not user.is_authenticated:
        return False
    if settings.CREW_NEEDS_SECOND_FACTOR and not has_second_factor(user):
        return False
    return user.is_superuser or CrewMember.objects.filter(user=user, role=Role.ORGANISER).exists()


class _Scoped:
    """What a model admin and an inline share: choices of related rows reach no further than the organiser's events."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if not request.user.is_superuser and "queryset" not in kwargs:
            kwargs["queryset"] = within(db_field.related_model, request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if not request.user.is_superuser and "queryset" not in kwargs:
            kwargs["queryset"] = within(db_field.related_model, request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def within(model: type[Model], user):
    """The rows of a related model that an organiser may choose: those of their events; none of a model without one."""
    rows = model._default_manager.all()
    if model is Event:
        return rows.filter(pk__in=organised_by(user))
    if model is Series:
        return rows.filter(events__in=organised_by(user)).distinct()
    names = {field.name for field in model._meta.get_fields()}
    for path in ("event", "talk", "team", "challenge", "raffle", "sponsor"):
        if path in names:
            ending = path if path == "event" else f"{path}__event"
            return rows.filter(**{f"{ending}__in": organised_by(user)})
    return rows.none()


class InEvent(_Scoped, TabularInline):
    """Rows inside a row of an event: who may change the outer one may change these."""

    def _may(self, request, obj=None):
        return self.admin_site._registry[self.parent_model].has_change_permission(request, obj)

    def has_view_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_add_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, obj)


class OfEvent(_Scoped, ModelAdmin):
    """A model whose rows belong to an event, over `event_path` (a lookup, such as "event" or "talk__event")."""

    event_path = "event"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(Q(**{f"{self.event_path}__in": organised_by(request.user)})).distinct()

    def _may(self, request, obj=None):
        if request.user.is_superuser:
            return True
        if obj is None or obj.pk is None:
            return may_enter(request)
        return self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_module_permission(self, request):
        return self._may(request)

    def has_view_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_add_permission(self, request):
        return self._may(request)

    def has_change_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, obj)


class Facts(OfEvent):
    """Facts of an event: to look at."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

"""The admin opens to superusers and to organisers: what an organiser sees in it is scoped by events/admin_scope.py."""

from unfold.sites import UnfoldAdminSite

ROOMS = ("events", "talks", "raffle", "cocreation")  # in the order in which an event is prepared


class HouseAdminSite(UnfoldAdminSite):
    """Unfold's site with the house's rule at the door, where Django asks for the flag `is_staff`."""

    def has_permission(self, request):
        from events.admin_scope import may_enter

        return may_enter(request)

    def get_app_list(self, request, app_label=None):
        """The rooms in the order of the work, not of the alphabet; what is not ours comes last."""
        found = super().get_app_list(request, app_label)
        return sorted(found, key=lambda app: ROOMS.index(app["app_label"]) if app["app_label"] in ROOMS else len(ROOMS))

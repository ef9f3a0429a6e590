"""The admin opens to superusers and to organisers: what an organiser sees in it is scoped by events/admin_scope.py."""

from unfold.sites import UnfoldAdminSite


class HouseAdminSite(UnfoldAdminSite):
    """Unfold's site with the house's rule at the door, where Django asks for the flag `is_staff`."""

    def has_permission(self, request):
        from events.admin_scope import may_enter

        return may_enter(request)

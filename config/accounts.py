"""How django-allauth behaves in this house."""

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are for crew and speakers, and for attendees who lost their link; nobody needs one to sign up."""

    def is_open_for_signup(self, request):
        """Accounts are made by an organiser, or with a ticket: nobody makes one here."""
        return False

    def get_login_redirect_url(self, request):
        """The dashboard for crew; the ticket for an attendee who came back by a code."""
        from events.access import place_after_login

        return place_after_login(request) or reverse("home")

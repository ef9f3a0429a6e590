"""How django-allauth behaves in this house."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import user_logged_in
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.dispatch import receiver
from django.http import Http404
from django.urls import reverse

from config import social
from config.weixin.views import choose, is_inside
from events import passes


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are for crew, and for attendees who lost their link; nobody needs one to sign up."""

    def is_open_for_signup(self, request):
        """Accounts are made by an organiser, or with a ticket: nobody makes one here."""
        return False

    def get_login_redirect_url(self, request):
        """The dashboard for crew; the ticket for an attendee who came back by a code."""
        from events.access import place_after_login

        return place_after_login(request) or reverse("home")


@receiver(user_logged_in)
def know_the_person(request, user, response=None, **_more):
    """Who comes back by a code has the pass again: pages of the hall ask the cookie, which is one query and no session."""
    tickets = user.attendances.filter(forgotten_at=None).order_by("-event__starts_at")
    if response is not None and (tickets := list(tickets[: passes.MOST_EVENTS])):
        passes.remember_all(response, request, tickets)


def leave_no_ticket_behind(get_response):
    """Middleware: who logs out takes their own passes along, which the log-in has put on this device."""

    def middleware(request):
        leaves = (
            request.method == "POST" and request.path == reverse("account_logout") and request.user.is_authenticated
        )
        uids = list(request.user.attendances.values_list("uid", flat=True)) if leaves else []
        response = get_response(request)
        if uids and not request.user.is_authenticated:
            passes.take_away(response, request, uids)
        return response

    return middleware


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An account from elsewhere opens one that is here already: connected before, or by a mail address it has checked."""

    def list_providers(self, request):
        """What this browser can use: no Google inside WeChat (it refuses to open there), WeChat by what is configured."""
        found, inside = {}, is_inside(request)
        for provider in super().list_providers(request):
            if inside and provider.id == "google":
                continue
            if provider.id == "weixin" and provider.app is not choose(request, [provider.app]):
                continue
            found.setdefault(provider.id, named(provider))
        return list(found.values())

    def get_app(self, request, provider, client_id=None):
        """Of WeChat's two applications the one for this browser."""
        apps = self.list_apps(request, provider=provider, client_id=client_id)
        if provider == "weixin" and apps and request:
            return choose(request, apps) or apps[0]
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:  # a way in that the operator has not opened is no page
            raise Http404 from None

    def get_provider(self, *args, **kwargs):
        return named(super().get_provider(*args, **kwargs))

    def is_open_for_signup(self, request, sociallogin):
        """Nobody gets an account by having one elsewhere."""
        return False


def named(provider):
    """The provider, called as people call it."""
    provider.name = social.NAMES.get(provider.id, provider.name)
    return provider

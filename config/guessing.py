"""Nobody guesses the log-in code of an account: after five wrong ones it takes none for a while, from wherever they come.

allauth ends one code after three wrong tries; whoever asks for another one would have three more.
"""

from allauth.account.views import ConfirmLoginCodeView
from django.utils import timezone

from config import errors
from events import pace
from events.access import public

MOST = 5
WINDOW = 15 * 60  # seconds


def _over(request, user, *, count: bool) -> bool:
    ask = pace.too_many if count else pace.is_over
    return ask(request, "login-code", per_minute=MOST, at=timezone.now(), of=str(user.pk), seconds=WINDOW)


class ConfirmLoginCode(ConfirmLoginCodeView):
    """allauth's page for the code, with the wrong ones counted for each account."""

    def post(self, request, *args, **kwargs):
        user = self._process.user
        if user and self._action == "verify" and _over(request, user, count=False):
            self._process.abort()
            return errors.too_many(request)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form):
        if self._process.user and self._action == "verify":
            _over(self.request, self._process.user, count=True)
        return super().form_invalid(form)


confirm_login_code = public(ConfirmLoginCode.as_view())

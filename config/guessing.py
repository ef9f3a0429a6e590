"""Nobody guesses the log-in code of an account: after five wrong ones an address may say no more for a while.

allauth ends one code after three wrong tries; whoever asks for another one would have three more. Twenty from wherever
they come close the account to codes: fewer would let one stranger keep its owner out all day.
"""

from allauth.account.views import ConfirmLoginCodeView
from django.utils import timezone

from config import errors
from events import pace
from events.access import public

MOST, MOST_OF_ALL = 5, 20
WINDOW = 15 * 60  # seconds


def _over(request, user, *, count: bool) -> bool:
    """Whether this address, or all of them together, said enough wrong codes for this account."""
    ask, at, who = (pace.too_many if count else pace.is_over), timezone.now(), str(user.pk)
    here = ask(request, f"login-code-{who}", per_minute=MOST, at=at, seconds=WINDOW)
    return ask(request, "login-code", per_minute=MOST_OF_ALL, at=at, of=who, seconds=WINDOW) or here


def _left() -> int:
    """Seconds until codes are taken again."""
    return WINDOW - int(timezone.now().timestamp()) % WINDOW


class ConfirmLoginCode(ConfirmLoginCodeView):
    """allauth's page for the code, with the wrong ones counted for each account."""

    def post(self, request, *args, **kwargs):
        user = self._process.user
        if user and self._action == "verify" and _over(request, user, count=False):
            self._process.abort()
            return errors.too_many(request, seconds=_left())
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form):
        if self._process.user and self._action == "verify":
            _over(self.request, self._process.user, count=True)
        return super().form_invalid(form)


confirm_login_code = public(ConfirmLoginCode.as_view())

import contextlib

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from events.text import ascii_domain


class UserManager(BaseUserManager):
    @classmethod
    def normalize_email(cls, email):
        """The one spelling of an address: lower case, its domain as machines write it (例子.中国 is xn--…)."""
        email = super().normalize_email(email).lower()
        with contextlib.suppress(UnicodeError):
            email = ascii_domain(email)
        return email

    def create_user(self, email, password=None, **fields):
        """A person with an account; without a password they log in by a code sent to their mail."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def of(self, email):
        """The account of this address, made now where there is none; asked for twice at once it is one."""
        found = self.filter(email=email).first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return self.create_user(email)
        except IntegrityError:
            return self.get(email=email)

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account: crew, and attendees who came back by a code."""

    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"

    class Meta:
        verbose_name, verbose_name_plural = _("account"), _("accounts")

    def __str__(self):
        return self.name or self.email.partition("@")[0]

    def get_full_name(self):
        return str(self)

    get_short_name = get_full_name

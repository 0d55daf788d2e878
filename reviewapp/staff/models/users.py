from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from reviewapp.kernel.refs import next_refs
from reviewapp.staff.roles import PERMISSIONS, Role, permissions_of, roles_with


class UserManager(BaseUserManager["User"]):
    def create_user(
        self,
        email: str,
        password: str | None = None,
        *,
        name: str,
        roles: list[str] | None = None,
        **fields: Any,
    ) -> "User":
        """Make a person who can sign in; without a password, only by having it reset first."""
        user = self.model(email=email, name=name, roles=roles or [], **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None, **fields: Any) -> "User":
        """Make the first administrator, for `manage.py createsuperuser`."""
        return self.create_user(email, password, roles=[Role.ADMIN], **fields)

    def who_may(self, permission: str) -> "models.QuerySet[User]":
        """Everybody whom `User.may` would answer yes, in the order of their names."""
        return self.filter(is_active=True, roles__overlap=roles_with(permission))

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """A member of staff: who they are, and the roles they have."""

    email = models.EmailField(
        "e-mail address",
        unique=True,
        error_messages={"unique": "Somebody with this e-mail address is here already."},
    )
    name = models.CharField(max_length=100)
    ref = models.CharField(max_length=20, unique=True, editable=False)
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), default=list, blank=True
    )
    is_active = models.BooleanField(
        "may sign in",
        default=True,
        help_text="People are never removed: what they did keeps their name. "
        "Take this away instead.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="email_is_in_small_letters"
            ),
            models.CheckConstraint(
                condition=Q(roles__contained_by=[role.value for role in Role]),
                name="roles_are_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        self.email = self.email.strip().lower()
        super().clean_fields(exclude=exclude)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        if not self.ref:
            [self.ref] = next_refs("U")
        super().save(*args, **kwargs)

    # Questions

    def may(self, permission: str) -> bool:
        """Whether one of the person's roles allows it. ValueError for no known permission."""
        if permission not in PERMISSIONS:
            raise ValueError(f"There is no permission called {permission!r}.")
        return self.is_active and permission in permissions_of(tuple(self.roles))

    @property
    def actor(self) -> str:
        """How the ledger names this person."""
        return f"user:{self.ref}"

    @property
    def role_words(self) -> list[str]:
        return [Role(role).label for role in self.roles]

    # What Django's admin asks. All of configuration is one permission.

    @property
    def is_staff(self) -> bool:
        return self.may("configure")

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.may("configure")

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.may("configure")

    def has_module_perms(self, app_label: str) -> bool:
        return self.may("configure")

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name else ""

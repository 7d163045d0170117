"""People: who signs in, which workspaces they belong to, and the tokens their command lines carry."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from intents.accounts.models.tenancy import Workspace
from intents.kernel import clock, statements
from intents.kernel.actors import Role
from intents.kernel.languages import LONGEST
from intents.kernel.models import Row, new_id

_known: ContextVar["User | None"] = ContextVar("known", default=None)


@contextmanager
def knowing(user: "User | None") -> Iterator[None]:
    """Inside the block a user who was just read is not read again by their id."""
    token = _known.set(user)
    try:
        yield
    finally:
        _known.reset(token)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        fields.setdefault("email_verified_at", clock.now())
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """As Django's; so it asks for each page who is signed in, by the id alone. Not of the users of something, such as a
        group, whose manager is made of this one."""
        if args or kwargs.keys() != {"pk"} or type(self) is not UserManager:
            return super().get(*args, **kwargs)
        if (known := _known.get()) is not None and str(known.pk) == str(kwargs["pk"]):
            return known
        query = f"SELECT {statements.columns(self.model, 'u')} FROM intents_user u WHERE u.id = %s::uuid"
        found = statements.objects(self.model, query, [kwargs["pk"]])
        if not found:
            raise self.model.DoesNotExist
        return found[0]

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class Theme(models.TextChoices):
    SYSTEM = "system", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", "Comfortable"
    DENSE = "dense", "Dense"


class AfterDecision(models.TextChoices):
    """What a page shows when the task that was open is decided."""

    NEXT = "next", "The next task"
    STAY = "stay", "The same task"
    BACK = "back", "The list"


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by email address, which is kept in lower case: addresses differing only in case are one person. One
    whose address is not verified yet signs in with it, but is nobody whom it names. `language` is nothing for who is spoken
    to in that of their browser."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    email_verified_at = models.DateTimeField(null=True, db_default=Now())
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=LONGEST, blank=True, default="", db_default="")
    theme = models.CharField(max_length=16, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=16, choices=Density.choices, default=Density.COMFORTABLE)
    shortcuts = models.BooleanField(default=True)
    after_decision = models.CharField(
        max_length=8, choices=AfterDecision.choices, default=AfterDecision.NEXT, db_default=AfterDecision.NEXT
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower")]

    def __str__(self) -> str:
        return self.email


class Member(Row):
    """A person's role in a workspace, and the member of it whom they report to."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    suspended_at = models.DateTimeField(null=True)
    manager = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="member_once"),
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="member_in_workspace"),
            models.CheckConstraint(condition=~Q(manager=F("id")), name="member_manages_others"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def suspended(self) -> bool:
        """Whether they are kept out, here or of every workspace."""
        return self.suspended_at is not None or not self.user.is_active


class Group(Row):
    """Members whom a task can be assigned to by one name, which is unique in its workspace whatever its case."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="groups", db_index=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # A group by its name; and no two that people would take for one another.
            models.UniqueConstraint("workspace", Lower("name"), name="group_name_once"),
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="group_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(Row):
    """A member in a group. Who leaves the workspace leaves its groups."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="group_members", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="group_members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "member"], name="group_member_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.group_id}"


class PersonToken(Row):
    """A bearer token of a person in one workspace: `axme_pat_...`. Only its hash is kept. Of a command line that somebody
    signed in it is the session: then nobody has its secret, and `provider` is by which identity provider they had signed
    in, "" for none."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    hint = models.CharField(max_length=16)
    fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=32, null=True)

    class Meta:
        # Signing in by token looks it up by its hash.
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="person_token_fingerprint_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

"""Nicknames that agents and people are known by to one another."""

from django.db import models

from intents.accounts.models.people import User
from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class Profile(Row):
    """Who is behind the local address `name`: a nick, in lower case and without @, and how to reach them otherwise. `user`
    is the person who registered it, if it was one."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    name = models.CharField(max_length=120)
    nick = models.CharField(max_length=32)
    display_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    email = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="profile_name_once"),
            models.UniqueConstraint(fields=["workspace", "nick"], name="profile_nick_once"),
        ]

    def __str__(self) -> str:
        return f"@{self.nick}"

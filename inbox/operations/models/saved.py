"""How people look for intents: queries that they keep, and the columns they see."""

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models

from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class ViewOf(StrEnum):
    """Of what a saved view is a list."""

    INTENTS = "intents"
    TASKS = "tasks"


class SavedView(Row):
    """A query under a name, of one person, or with `shared` for everybody in the workspace who sees such lists. It is of
    intents, or of tasks: in the list `tab`, in the order `sort`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    q = models.CharField(max_length=1000)
    shared = models.BooleanField(default=False)
    of = models.CharField(max_length=8, default=ViewOf.INTENTS, db_default="intents")
    tab = models.CharField(max_length=12, default="", db_default="")
    sort = models.CharField(max_length=8, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Those that everybody sees.
            models.Index(fields=["workspace"], condition=models.Q(shared=True), name="saved_view_shared"),
        ]
        constraints = [
            # A person's own; and no two of theirs have one name.
            models.UniqueConstraint(fields=["user", "workspace", "name"], name="saved_view_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ShownColumns(Row):
    """Which columns of the list of intents a person sees in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    columns = ArrayField(models.CharField(max_length=16))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "workspace"], name="shown_columns_once")]

    def __str__(self) -> str:
        return ", ".join(self.columns)

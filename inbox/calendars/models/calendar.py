"""When a workspace works."""

from django.db import models
from django.db.models.functions import Lower

from inbox.vocabulary.models import Edited
from intents.accounts.models import Workspace


class Calendar(Edited):
    """Working hours by the name of a place, unique in its workspace whatever its case. `hours` is canonical JSON as the API
    writes it: `{"mon": [["09:00", "17:00"]]}`; on public holidays of `country` nobody works."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    hours = models.TextField()
    country = models.CharField(max_length=2, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # A calendar by its name; and no two that people would take for one another.
            models.UniqueConstraint("workspace", Lower("name"), name="calendar_name_once"),
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="calendar_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name

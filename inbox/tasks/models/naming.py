"""What a workspace calls the kinds of requests that it gets."""

from django.db import models

from inbox.vocabulary.models import Edited
from intents.accounts.models import Workspace


class IntentTypeName(Edited):
    """The display name of an intent type, in the place of one made of its letters."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    intent_type = models.CharField(max_length=255)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            # The name of a type; each has one at most.
            models.UniqueConstraint(fields=["workspace", "intent_type"], name="intenttypename_once"),
        ]

    def __str__(self) -> str:
        return self.name

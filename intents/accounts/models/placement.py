"""Workspaces that are, or come from, elsewhere."""

from django.db import models


class PlacementState(models.TextChoices):
    """`moving`: closed here, its rows are on their way. `moved`: it is in the other cell, what is left of it here counts no
    more. `here`: it came back, or from another cell."""

    MOVING = "moving"
    MOVED = "moved"
    HERE = "here"


class Placement(models.Model):
    """Where a workspace is that was ever moved, as this cell knows it. There is no row for one that has always been here.

    `path` is `organization/workspace`, `cell` the name of the other cell, and `move` tells the moves of a workspace apart.
    `arrived` is the one by which it came here last: once a cell has that, the move has happened, whatever the row in the
    cell before says."""

    workspace_id = models.UUIDField(primary_key=True)
    path = models.CharField(max_length=241)
    cell = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=PlacementState.choices)
    move = models.UUIDField()
    arrived = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.path} {self.state} {self.cell}"

"""The tables of this room."""

from inbox.operations.models.saved import SavedView, ShownColumns

__all__ = ["SavedView", "ShownColumns"]

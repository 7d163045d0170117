"""The tables of this room."""

from inbox.operations.models.bulk import Bulk, BulkItem, BulkState, ItemResult
from inbox.operations.models.deciding import DecidingHour
from inbox.operations.models.saved import SavedView, ShownColumns

__all__ = ["Bulk", "BulkItem", "BulkState", "DecidingHour", "ItemResult", "SavedView", "ShownColumns"]

"""The tables of this room."""

from inbox.operations.models.bulk import Bulk, BulkItem, BulkState, ItemResult
from inbox.operations.models.counted import CountedList, DecidedCount
from inbox.operations.models.deciding import DecidingHour
from inbox.operations.models.numbers import PayloadNumber, PayloadPath
from inbox.operations.models.saved import SavedView, ShownColumns, ViewOf
from inbox.operations.models.visibility import DecisionVisibility

__all__ = [
    "Bulk",
    "BulkItem",
    "BulkState",
    "CountedList",
    "DecidedCount",
    "DecidingHour",
    "DecisionVisibility",
    "ItemResult",
    "PayloadNumber",
    "PayloadPath",
    "SavedView",
    "ShownColumns",
    "ViewOf",
]

"""Every page that people may find themselves on: how to get there, and who does."""

# In the order in which they are looked at: policies come after the tasks that none of them is for.
# isort: off
from tests.browser.places import account, tasks, over, deciding, settings, policies, operations, rest

# isort: on
from tests.browser.places.base import BOTH, PLACES, REFUND, Place, confirm_if_asked, soon, upload
from tests.browser.places.policies import keep_policies

__all__ = [
    "BOTH",
    "PLACES",
    "REFUND",
    "Place",
    "account",
    "confirm_if_asked",
    "deciding",
    "keep_policies",
    "operations",
    "over",
    "policies",
    "rest",
    "settings",
    "soon",
    "tasks",
    "upload",
]

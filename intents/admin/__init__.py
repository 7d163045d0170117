"""The tables for superusers, behind ADMIN_ENABLED: people and tenancy to edit, what has a status or a history to look at.

What moves an intent are the services alone, so nothing here writes one. The pages work on large tables: lists are in the
order of an index, filter by an index only, and count no further than they can be paged through.
"""

from intents.admin import people, work
from intents.admin.base import site

__all__ = ["people", "site", "work"]

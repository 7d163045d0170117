"""For how long keys and tokens work."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from intents.kernel import clock

LIFETIMES = ((30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("until revoked")))


def ends(days: int) -> Any:
    """When something ends that works for `days`, None for 0: never."""
    return clock.now() + timedelta(days=days) if days else None

"""What those who watch ask: `explain` prints the plans of their statements as JSON, `fold` counts the hours that are over.

A program: it needs the product's environment.
"""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
django.setup(set_prefix=False)

from django.db import connection, transaction  # noqa: E402 - Django is set up only now

from bench.explaining import explained  # noqa: E402
from inbox.operations import measures, needs, overview, selectors  # noqa: E402
from intents.accounts.models import Member  # noqa: E402
from intents.kernel import clock  # noqa: E402
from intents.kernel.actors import Person, Role  # noqa: E402
from intents.rollups import folding  # noqa: E402

QUERIES = ("is:open", "is:overdue", "is:stuck", "for:human risk:critical age:>2d", "decided:<90d", "refund", "ref123456")


def main() -> None:
    if sys.argv[1:] == ["fold"]:
        _fold()
    else:
        json.dump(_plans(), sys.stdout)


def _fold() -> None:
    """Until every hour that is over is counted. The server counts too: what it is at is left to it."""
    now = clock.now()
    while folding.counted_until(now - folding.KEPT, now) < folding.hour_of(now):
        if not folding.fold():
            time.sleep(0.2)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE intents_hourlycount, intents_foldedhour, inbox_decidinghour")


def _plans() -> dict[str, str]:
    plans: dict[str, str] = {}
    person = _person()
    with transaction.atomic():
        for span in measures.SPANS.values():
            with explained(f"overview {span.name}", plans):
                overview.overview(person, span=span)
        with explained("needs", plans):
            needs.needs(person)
        for q in QUERIES:
            with explained(f"list {q}", plans):
                selectors.page(person, q)
                selectors.total(person, q)
        transaction.set_rollback(True)
    return plans


def _person() -> Person:
    """Somebody of the workspace that was filled."""
    members = Member.objects.filter(role=Role.OWNER).select_related("workspace__organization")
    most = max(members, key=lambda one: one.workspace.intent_set.count())
    return Person(
        workspace_id=most.workspace_id,
        org_slug=most.workspace.organization.slug,
        workspace_slug=most.workspace.slug,
        user_id=most.user_id,
        credential_id=most.user_id,
        email="",
        role=Role.OWNER,
        groups=frozenset(),
    )


if __name__ == "__main__":
    main()

"""An intent's journey through the services, with an EXPLAIN of every hand-written statement on its way.

A program: it needs the product's environment, writes JSON to standard output, and rolls back all it did.
"""

import json
import os
import sys
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
django.setup(set_prefix=False)

from django.db import transaction  # noqa: E402 - Django is set up only now

from bench.explaining import explained  # noqa: E402
from intents.accounts.models import AgentKey  # noqa: E402
from intents.engine import leases, timers  # noqa: E402
from intents.engine.leases import Holder  # noqa: E402
from intents.engine.lifecycle import Status  # noqa: E402
from intents.engine.services.deliveries import deliver  # noqa: E402
from intents.engine.services.resolve import resolve  # noqa: E402
from intents.engine.services.submit import Submission, Submitted, submit  # noqa: E402
from intents.kernel.actors import Machine, Scope  # noqa: E402

SERVICE = "order-service"


def main() -> None:
    with transaction.atomic():
        plans = _plans()
        transaction.set_rollback(True)
    json.dump(plans, sys.stdout)


def _plans() -> dict[str, str]:
    plans: dict[str, str] = {}
    actor = _actor()
    with explained("submit", plans):
        made = submit(
            actor=actor,
            submission=Submission(intent_type="bench.v1", to_agent=SERVICE, payload="{}", correlation_id=uuid4()),
        )
    assert isinstance(made, Submitted)
    with explained("deliver", plans):
        deliver(actor=actor, target=SERVICE, holder=Holder(actor.credential_id))
    with explained("resolve", plans):
        resolve(actor=actor, intent_id=made.intent_id, status=Status.COMPLETED, details={"result": {}})
    with explained("sweep", plans):
        timers.take_due(limit=1000)
        leases.expired(limit=500)
    return plans


def _actor() -> Machine:
    key = AgentKey.objects.select_related("agent__workspace__organization").filter(scope=Scope.WORKSPACE)[0]
    return Machine(
        workspace_id=key.workspace_id,
        org_slug=key.agent.workspace.organization.slug,
        workspace_slug=key.agent.workspace.slug,
        agent_id=key.agent_id,
        credential_id=key.id,
        name=key.agent.name,
        speaks_as=key.agent.name,
        scope=Scope.WORKSPACE,
    )


if __name__ == "__main__":
    main()

"""What was decided before the visitor came."""

from datetime import datetime

from axme_site.demo.cast import MANAGER, OPS
from axme_site.demo.scenes.scene import DAY, HOUR, Scene, Verdict


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="past-refund",
            agent="billing",
            intent_type="refund.request.v1",
            payload={"customer": {"name": "Café Lumen"}, "amount": 42.50, "currency": "EUR", "reason": "Broken on arrival"},
            task={"title": "Refund 42.50 EUR to Café Lumen?", "risk": "low"},
            due=1 * DAY,
            doing=("Sending 42.50 EUR back",),
            result={"refund": "RF-20768", "status": "paid"},
            decided=Verdict(MANAGER, "approved", "The photo shows it."),
        ),
        Scene(
            key="past-access",
            agent="access",
            intent_type="access.request.v1",
            payload={"user": {"name": "Intern 07"}, "system": "payroll", "role": "read only"},
            task={"title": "Let an intern read the payroll?", "risk": "medium"},
            due=1 * DAY,
            doing=("Granting the role",),
            decided=Verdict(MANAGER, "rejected", "Not needed for the task in the ticket."),
        ),
        Scene(
            key="past-deploy",
            agent="deploy",
            intent_type="deployment.request.v1",
            payload={"service": "search", "old_version": "1.8.0", "new_version": "1.8.1", "changes": ["Umlauts are found"]},
            task={"title": "Deploy search 1.8.1?", "assignees": [OPS], "risk": "medium"},
            due=2 * HOUR,
            doing=("Deploying to 4 of 4 servers",),
            result={"version": "1.8.1", "servers": 4},
            decided=Verdict(OPS, "approved"),
        ),
        Scene(
            key="past-supplier",
            agent="purchasing",
            intent_type="supplier.registration.v1",
            payload={"supplier": "Papier Lang OHG", "country": "Germany"},
            task={
                "title": "What are the terms for Papier Lang OHG?",
                "task_type": "form",
                "risk": "low",
                "form_schema": {
                    "type": "object",
                    "properties": {"payment_days": {"type": "integer", "title": "Days to pay", "enum": [14, 30, 60]}},
                    "required": ["payment_days"],
                },
            },
            due=2 * DAY,
            doing=("Registering the supplier",),
            result={"supplier": "S-2198"},
            decided=Verdict(MANAGER, "submitted", data={"payment_days": 30}),
        ),
    ]

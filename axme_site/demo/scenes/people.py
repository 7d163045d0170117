"""Rights of people and of suppliers, and who takes something on."""

from datetime import datetime

from axme_site.demo.scenes.scene import DAY, HOUR, MINUTE, Scene, at, day


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="access-orders",
            agent="access",
            intent_type="access.request.v1",
            payload={
                "user": {"name": "Priya Nair", "email": "priya.nair@myorg.example"},
                "system": "orders database, production",
                "old_role": "read only",
                "new_role": "read and write",
                "until": at(now, 4 * HOUR),
                "ticket": "OPS-2291",
            },
            task={
                "title": "Let Priya Nair write to the production orders database for 4 hours?",
                "description": "She is on call and has to repair 212 orders that lost their address. A colleague reviews "
                "each statement.",
                "risk": "critical",
                "required_comment": True,
            },
            due=40 * MINUTE,
            knows="Sven Albers looks at each statement. The database keeps a copy from before, for 7 days.",
            doing=("Granting the role", "Setting the end of the grant"),
            result={"grant": "GR-118", "ends_at": at(now, 4 * HOUR)},
        ),
        Scene(
            key="access-contractor",
            agent="access",
            intent_type="access.request.v1",
            payload={
                "user": {"name": "Marek Dvořák", "email": "marek@studio-dvorak.example"},
                "system": "design files",
                "role": "comment",
                "until": day(now, 60),
            },
            task={"title": "Let the contractor Marek Dvořák comment on design files?", "risk": "medium"},
            due=5 * HOUR,
            doing=("Inviting marek@studio-dvorak.example",),
            result={"grant": "GR-119"},
        ),
        Scene(
            key="access-unused",
            agent="access",
            intent_type="account.closure.v1",
            payload={
                "accounts": [
                    {"account": "t.berger", "last_used_on": day(now, -402), "system": "payroll"},
                    {"account": "svc-export-old", "last_used_on": day(now, -218), "system": "warehouse"},
                    {"account": "intern-04", "last_used_on": day(now, -96), "system": "wiki"},
                ]
            },
            task={
                "title": "Close these 3 accounts that nobody uses?",
                "description": "Nobody has signed in with them for three months or more. Closing can be undone for 30 days.",
                "task_type": "confirmation",
                "risk": "high",
            },
            due=90 * MINUTE,
            knows="I asked the three teams a week ago. Two said nobody needs them; the warehouse did not answer.",
            doing=("Closing t.berger", "Closing svc-export-old", "Closing intern-04"),
            result={"closed": 3},
        ),
        Scene(
            key="supplier-form",
            agent="purchasing",
            intent_type="supplier.registration.v1",
            payload={"supplier": "Atelier Fjord AS", "country": "Norway", "found_in": "An email of the marketing team"},
            task={
                "title": "What are the terms for Atelier Fjord AS?",
                "description": "I found the name and the country. The rest is in no document that I may read.",
                "task_type": "form",
                "risk": "low",
                "form_schema": {
                    "type": "object",
                    "properties": {
                        "vat_id": {"type": "string", "title": "VAT number", "minLength": 5, "maxLength": 20},
                        "payment_days": {"type": "integer", "title": "Days to pay", "enum": [14, 30, 60]},
                        "contact": {"type": "string", "title": "Contact", "format": "email"},
                        "yearly_limit": {"type": "number", "title": "Limit for a year, EUR", "minimum": 0, "maximum": 50000},
                        "first_order_on": {"type": "string", "title": "First order", "format": "date"},
                        "framework_contract": {"type": "boolean", "title": "There is a framework contract"},
                    },
                    "required": ["vat_id", "payment_days", "contact"],
                    "additionalProperties": False,
                },
            },
            due=2 * DAY,
            doing=("Registering the supplier",),
            result={"supplier": "S-2204"},
        ),
        Scene(
            key="duplicates-owner",
            agent="data",
            intent_type="cleanup.assignment.v1",
            payload={"records": 341, "what": "Customers that seem to be stored twice", "oldest_from": day(now, -700)},
            task={
                "title": "Who should look through 341 customers that seem to be stored twice?",
                "task_type": "assignment",
                "risk": "low",
                "form_schema": {
                    "type": "object",
                    "properties": {
                        "assignee": {
                            "type": "string",
                            "title": "Team",
                            "enum": ["Customer service", "Finance", "Data platform"],
                        },
                        "done_by": {"type": "string", "title": "Until", "format": "date"},
                    },
                    "required": ["assignee"],
                    "additionalProperties": False,
                },
            },
            due=4 * DAY,
            doing=("Handing over the list",),
            result={"handed_over": 341},
        ),
    ]

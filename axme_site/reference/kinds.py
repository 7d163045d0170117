"""The kinds of `human_task`, each with an example, and what its answer looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class KindExample:
    """A kind of task: what it is for, a `human_task` of it, and the `result` that its intent then has."""

    name: str
    words: str | Promise
    task: Mapping[str, Any]
    result: Mapping[str, Any]


KINDS = (
    KindExample(
        "approval",
        _("May it happen? The usual kind."),
        {
            "title": "Refund 129.00 EUR to ACME?",
            "description": "The parcel was lost on its way; the carrier confirmed it.",
            "assignees": ["maria@myorg.example"],
            "risk": "medium",
        },
        {"outcome": "approved", "comment": "ok"},
    ),
    KindExample(
        "review",
        _("Is the work good enough? It may come back for changes."),
        {
            "task_type": "review",
            "title": "Answer to ticket 4711",
            "allowed_outcomes": ["approved", "changes_requested"],
            "required_comment": True,
            "assignees": ["support-leads"],
        },
        {"outcome": "changes_requested", "comment": "Name the new delivery date."},
    ),
    KindExample(
        "confirmation",
        _("Is it so? A yes or no about a fact."),
        {"task_type": "confirmation", "title": "Did the goods of order ORD-7 arrive?", "assignees": ["warehouse"]},
        {"outcome": "confirmed"},
    ),
    KindExample(
        "assignment",
        _("Somebody is to take it over."),
        {"task_type": "assignment", "title": "Who takes the customer Helios Energy?", "assignees": ["sales"]},
        {"outcome": "assigned"},
    ),
    KindExample(
        "form",
        _("Data is missing: people fill in a form that you describe by JSON Schema."),
        {
            "task_type": "form",
            "title": "Equipment for a new colleague",
            "form_schema": {
                "type": "object",
                "required": ["laptop", "start"],
                "properties": {
                    "laptop": {"enum": ["small", "large"], "title": "Laptop"},
                    "start": {"type": "string", "format": "date", "title": "First day"},
                },
            },
        },
        {"outcome": "submitted", "data": {"laptop": "small", "start": "2027-01-04"}},
    ),
    KindExample(
        "clarification",
        _("The agent has a question before it can go on."),
        {"task_type": "clarification", "title": "Which of the two addresses is right?", "required_comment": True},
        {"outcome": "provided", "comment": "The one in Riga."},
    ),
    KindExample(
        "manual_action",
        _("Something only a person can do, and then says so, with files as evidence if you ask for them."),
        {"task_type": "manual_action", "title": "Sign the delivery note", "evidence_required": True},
        {"outcome": "completed"},
    ),
    KindExample(
        "override",
        _("A rule says no, and somebody may lift it once."),
        {"task_type": "override", "title": "Ship before payment", "risk": "high", "required_comment": True},
        {"outcome": "override_approved", "comment": "A customer of ten years."},
    ),
)

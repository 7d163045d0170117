"""What happens in the demo while nobody decides: working hours, people on call in turn, and two policies that use them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from axme_site.demo.cast import DEPUTY, OPS
from inbox.calendars.models import Calendar, Schedule
from inbox.demo import CALENDAR, PREFIX, SCHEDULE
from inbox.escalation.models import Policy
from inbox.escalation.services.policies import BETWEEN, dumped
from inbox.plans.escalation import Escalation, Match
from intents.accounts.models import User, Workspace
from intents.kernel import canonical

ZONE = "Europe/Berlin"
MINUTE, HOUR = 60, 3600
ON_CALL = f"oncall:{SCHEDULE}"


def make(workspace: Workspace, now: datetime) -> None:
    """Keep them in a workspace that has none of these names. The demo has no owner who would make them."""
    days = ("mon", "tue", "wed", "thu", "fri")
    office = Calendar.objects.create(
        workspace=workspace,
        name=CALENDAR,
        time_zone=ZONE,
        hours=canonical.dumps({day: [["09:00", "18:00"]] for day in days}),
        country="DE",
    )
    today = now.astimezone(ZoneInfo(ZONE)).date()
    people = {user.email: user.id for user in User.objects.filter(email__in=(OPS, DEPUTY))}
    Schedule.objects.create(
        workspace=workspace,
        name=SCHEDULE,
        time_zone=ZONE,
        starts_on=today - timedelta(days=today.weekday() + 7),  # a Monday whose turn has begun, whatever the hour is
        hand_over="09:00",
        shift_days=7,
        people=[people[email] for email in (OPS, DEPUTY)],
    )
    large = {
        "intent_types": ["refund.*"],
        "agents": [f"{PREFIX}billing"],
        "payload": [{"field": "amount", "at_least": 1000}],
    }
    risky = {"agents": [f"{PREFIX}deploy"], "risks": ["high", "critical"]}
    refunds = {
        "reminders": {"after_seconds": HOUR, "interval_seconds": 2 * HOUR, "at_most": 3},
        "levels": [{"after_seconds": 2 * HOUR, "to": ON_CALL}, {"after_seconds": 2 * HOUR, "to": "owner"}],
        "end": {"after_seconds": 8 * HOUR, "then": "expire"},
    }
    deployments = {
        "reminders": {"after_seconds": 5 * MINUTE, "at_most": 2},
        "levels": [{"after_seconds": 10 * MINUTE, "to": ON_CALL}],
        "end": {"after_seconds": HOUR, "then": "expire"},
    }
    for place, (name, match, escalation, calendar) in enumerate(
        (("Refunds over 1,000 EUR", large, refunds, office), ("Risky deployments", risky, deployments, None)), 1
    ):
        Policy.objects.create(
            workspace=workspace,
            name=name,
            place=place * BETWEEN,
            match=dumped(Match.model_validate(match)),
            escalation=dumped(Escalation.model_validate(escalation)),
            calendar=calendar,
        )

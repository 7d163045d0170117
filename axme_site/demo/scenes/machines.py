"""What changes in running systems."""

from datetime import datetime

from axme_site.demo.cast import MANAGER, OPS
from axme_site.demo.scenes.scene import DAY, HOUR, MINUTE, Scene, at


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="deploy-checkout",
            agent="deploy",
            intent_type="deployment.request.v1",
            payload={
                "service": "checkout",
                "old_version": "2.14.3",
                "new_version": "2.15.0",
                "window": {"starts_at": at(now, 75 * MINUTE), "ends_at": at(now, 105 * MINUTE)},
                "changes": ["New address check", "Faster basket", "Two libraries brought up to date"],
                "tests": {"passed": 1841, "failed": 0},
                "way_back": "One switch, about 40 seconds",
            },
            task={
                "title": "Deploy checkout 2.15.0 in tonight's window?",
                "description": "Goes to one server of six first. I ask again before the others.",
                "risk": "high",
            },
            due=70 * MINUTE,
            knows="The two libraries are for dates and for PDF. Neither is used for payments.",
            doing=("Deploying to 1 of 6 servers", "Watching the errors"),
            result={"version": "2.15.0", "servers": 1},
            then="checkout-healthy",
        ),
        Scene(
            key="freeze-override",
            agent="deploy",
            intent_type="freeze.override.v1",
            payload={
                "service": "payments",
                "change": "Retry a card payment once when the bank answers 502",
                "frozen_until": at(now, 3 * DAY),
                "lost_payments_last_hour": 37,
                "lines_changed": 14,
            },
            task={
                "title": "Deploy a fix to payments during the freeze?",
                "description": "37 payments were lost in the last hour. The fix is 14 lines and reviewed by two people.",
                "task_type": "override",
                "risk": "critical",
                "required_comment": True,
            },
            due=15 * MINUTE,
            knows="Without the fix the customers see an error and most try again, some of them at another shop.",
            doing=("Lifting the freeze for payments", "Deploying the fix", "Freezing again"),
            result={"deployed": "payments 5.3.1"},
        ),
        Scene(
            key="dns-by-hand",
            agent="deploy",
            intent_type="dns.switch.v1",
            payload={
                "zone": "shop.example",
                "record": {"name": "www", "type": "A", "old": "192.0.2.10", "new": "198.51.100.7"},
                "console": "https://dns.registrar.example/zones/shop.example",
            },
            task={
                "title": "Switch the DNS record of www.shop.example",
                "description": "The registrar has no interface for programs. Attach a picture of the saved record.",
                "task_type": "manual_action",
                "assignees": [OPS, MANAGER],
                "evidence_required": True,
                "risk": "medium",
            },
            due=8 * HOUR,
            knows="The old server goes on answering until tomorrow evening, so nothing breaks if it takes a while.",
            doing=("Asking the name servers", "All four answer with the new address"),
            result={"address": "198.51.100.7"},
        ),
    ]

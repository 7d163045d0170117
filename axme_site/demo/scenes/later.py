"""What comes of decisions."""

from datetime import datetime

from axme_site.demo.scenes.scene import HOUR, MINUTE, Scene, day


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="refund-apology",
            agent="billing",
            intent_type="customer.apology.v1",
            payload={
                "customer": {"name": "ACME GmbH"},
                "voucher_value": 15.00,
                "currency": "EUR",
                "valid_until": day(now, 90),
            },
            task={
                "title": "Send ACME GmbH an apology with a 15.00 EUR voucher?",
                "description": "The refund is on its way. ACME wrote three times, so an apology seems right.",
                "task_type": "confirmation",
                "risk": "low",
            },
            due=4 * HOUR,
            doing=("Sending the voucher by email",),
            result={"voucher": "SORRY-15-ACME"},
        ),
        Scene(
            key="checkout-healthy",
            agent="deploy",
            intent_type="deployment.check.v1",
            payload={
                "service": "checkout",
                "version": "2.15.0",
                "error_rate": {"before": "0.21 %", "after": "0.19 %"},
                "response_p95_ms": {"before": 310, "after": 244},
            },
            task={
                "title": "Checkout 2.15.0 looks healthy. Keep it?",
                "description": "Ten minutes on one server of six. Keeping it rolls it out to all of them.",
                "task_type": "review",
                "allowed_outcomes": ["approved", "rejected"],
                "risk": "medium",
            },
            due=30 * MINUTE,
            doing=("Rolling out to 6 of 6 servers",),
            result={"version": "2.15.0", "servers": 6},
        ),
    ]

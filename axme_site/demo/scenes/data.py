"""What is stored wrong, and what should be."""

from datetime import datetime

from axme_site.demo.scenes.scene import DAY, HOUR, Scene, day


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="address-change",
            agent="data",
            intent_type="customer.change.v1",
            payload={
                "customer": {"name": "Bäckerei Sommer", "id": "C-20418"},
                "before": {"street": "Lindenstr. 4", "postcode": "04109", "city": "Leipzig", "country": "DE"},
                "after": {"street": "Lindenallee 41", "postcode": "04157", "city": "Leipzig", "country": "DE"},
                "source": "Returned parcel and the customer's email",
            },
            task={"title": "Correct the address of Bäckerei Sommer?", "task_type": "review", "risk": "low"},
            due=1 * DAY,
            knows="The postcode and the street fit together; the old pair did not.",
            doing=("Writing the new address",),
            result={"changed": ["street", "postcode"]},
        ),
        Scene(
            key="iban-change",
            agent="data",
            intent_type="supplier.change.v1",
            payload={
                "supplier": {"name": "Kiefer Hosting KG", "id": "S-0093"},
                "old_iban": "DE89 3704 0044 0532 0130 00",
                "new_iban": "LT12 1000 0111 0100 1000",
                "asked_by": "accounting@kiefer-h0sting.example",
                "open_invoices": ["KH-4711"],
                "called_back": False,
            },
            task={
                "title": "Change the bank account of Kiefer Hosting?",
                "description": "An email asks for it. I would rather not: the sender's host has a zero where the letter o "
                "should be, and the account is in another country. I have not called them.",
                "risk": "high",
                "required_comment": True,
            },
            due=3 * HOUR,
            knows="Their number in our files is from 2019. I would call that one, not the number in the email.",
            doing=("Writing the new account",),
            result={"changed": ["iban"]},
        ),
        Scene(
            key="erase-customer",
            agent="data",
            intent_type="customer.erasure.v1",
            payload={
                "customer": {"id": "C-17790", "since": day(now, -1460)},
                "asked_on": day(now, -8),
                "must_answer_by": day(now, 22),
                "erased": {"orders": 14, "messages": 52, "files": 3},
                "kept_by_law": {"invoices": 14, "until": day(now, 2900)},
            },
            task={
                "title": "Erase the personal data of customer C-17790?",
                "description": "This cannot be undone. Invoices stay, as the law asks.",
                "task_type": "confirmation",
                "risk": "critical",
                "required_comment": True,
            },
            due=3 * DAY,
            doing=("Erasing 14 orders", "Erasing 52 messages", "Writing the protocol"),
            result={"protocol": "ER-0031"},
        ),
        Scene(
            key="price-list",
            agent="pricing",
            intent_type="price.change.v1",
            payload={
                "from_day": day(now, 14),
                "currency": "EUR",
                "products": [
                    {"product": "Desk, oak", "old_price": 489.00, "new_price": 519.00, "currency": "EUR"},
                    {"product": "Desk, pine", "old_price": 349.00, "new_price": 359.00, "currency": "EUR"},
                    {"product": "Chair, swivel", "old_price": 219.00, "new_price": 209.00, "currency": "EUR"},
                ],
                "expected_margin": {"before": "31.2 %", "after": "33.0 %"},
            },
            task={"title": "Change 3 prices in two weeks?", "risk": "medium"},
            due=None,
            doing=("Scheduling the new prices",),
            result={"products": 3},
        ),
    ]

"""What costs or pays: refunds, invoices, contracts, travel."""

from datetime import datetime

from axme_site.demo.cast import FINANCE
from axme_site.demo.scenes.scene import DAY, HOUR, MINUTE, Scene, at, day


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="refund-acme",
            agent="billing",
            intent_type="refund.request.v1",
            payload={
                "customer": {"name": "ACME GmbH", "id": "C-10233"},
                "order": "ORD-7741",
                "amount": 129.00,
                "currency": "EUR",
                "paid_on": day(now, -12),
                "reason": "Charged twice for the same order",
                "refund_to": "Card ending in 4242",
            },
            task={
                "title": "Refund 129.00 EUR to ACME GmbH?",
                "description": "Both charges are on the card statement the customer sent. The second has no shipment.",
                "risk": "medium",
            },
            due=25 * MINUTE,
            knows="The first charge paid for the parcel. The second came 40 seconds later, with no order of its own.",
            doing=("Sending 129.00 EUR back to the card", "Waiting for the bank to confirm"),
            result={"refund": "RF-20771", "status": "paid"},
            then="refund-apology",
        ),
        Scene(
            key="refund-nordlicht",
            agent="billing",
            intent_type="refund.request.v1",
            payload={
                "customer": {"name": "Nordlicht Logistik", "id": "C-00871"},
                "amount": 4870.00,
                "currency": "EUR",
                "reason": "Pallets arrived damaged, confirmed by the carrier",
                "refund_to": "Bank account DE02 1203 0000 0000 2020 51",
            },
            task={
                "title": "Refund 4,870.00 EUR to Nordlicht Logistik?",
                "description": "Above my limit of 1,000 EUR. The carrier's damage report is number HB-5512.",
                "assignees": [FINANCE],
                "risk": "high",
                "required_comment": True,
            },
            due=None,  # by the policy for it
            knows="The carrier pays us back within 30 days: their letter says so. They have been customers for six years.",
            doing=("Preparing the transfer", "Handing it to the bank"),
            result={"refund": "RF-20772", "status": "sent"},
        ),
        Scene(
            key="invoice-hosting",
            agent="billing",
            intent_type="invoice.payment.v1",
            payload={
                "supplier": {"name": "Kiefer Hosting KG", "vat_id": "DE 811 907 980"},
                "invoice": "KH-4711",
                "total": 2316.45,
                "currency": "EUR",
                "due_on": day(now, 9),
                "lines": [
                    {"item": "Servers, October", "quantity": 6, "price": 289.00, "currency": "EUR"},
                    {"item": "Backup storage, TB", "quantity": 18, "price": 9.90, "currency": "EUR"},
                    {"item": "Support, hours", "quantity": 5, "price": 80.85, "currency": "EUR"},
                ],
            },
            task={
                # Two digits are swapped: what the agent says and what would be paid are not the same.
                "title": "Pay Kiefer Hosting 2,136.45 EUR?",
                "description": "Six percent more than last month: one server was added on the 3rd.",
                "task_type": "review",
                "risk": "medium",
            },
            due=6 * HOUR,
            knows="Last month it was 2,185.00 EUR. The new server is the one that was ordered in ticket OPS-2240.",
            doing=("Scheduling the payment",),
            result={"payment": "PAY-9920", "pays_on": day(now, 8)},
            files=("invoice.pdf", "spend.png"),
        ),
        Scene(
            key="invoice-twice",
            agent="billing",
            intent_type="invoice.duplicate.v1",
            payload={
                "supplier": "Office Depot Süd",
                "first": {"invoice": "88-1203", "received_on": day(now, -20), "amount": 412.80, "currency": "EUR"},
                "second": {"invoice": "881203", "received_on": day(now, -1), "amount": 412.80, "currency": "EUR"},
            },
            task={
                "title": "Are these two the same invoice?",
                "description": "Same amount, same order, numbers that differ by a dash. Confirming drops the second one.",
                "task_type": "confirmation",
                "risk": "low",
            },
            due=3 * DAY,
            doing=("Dropping the second invoice",),
            result={"kept": "88-1203", "dropped": "881203"},
        ),
        Scene(
            key="contract-renewal",
            agent="contracts",
            intent_type="contract.renewal.v1",
            payload={
                "supplier": "Helios Energy",
                "contract": "Electricity, both offices",
                "old_price_per_kwh": 0.312,
                "new_price_per_kwh": 0.287,
                "old_ends_on": day(now, 24),
                "new_ends_on": day(now, 24 + 730),
                "yearly_cost": 38400.00,
                "currency": "EUR",
                "notice": "Renews by itself at 0.334 unless we answer in time",
            },
            task={
                "title": "Renew the electricity contract for two years?",
                "description": "Of five offers this is the second cheapest. The cheapest has no price guarantee.",
                "risk": "high",
            },
            due=1 * DAY,
            knows="The cheapest offer is 0.279, but may change every quarter. In two years that makes about 620 EUR.",
            doing=("Signing the renewal", "Filing the contract"),
            result={"contract": "HE-2231-R", "saves_per_year_eur": 3300},
        ),
        Scene(
            key="expenses-workshop",
            agent="travel",
            intent_type="expense.report.v1",
            payload={
                "employee": "Jonas Weber",
                "trip": "Customer workshop, Vienna",
                "lines": [
                    {"on": day(now, -6), "what": "Train, both ways", "amount": 158.80, "currency": "EUR"},
                    {"on": day(now, -6), "what": "Hotel, two nights", "amount": 236.00, "currency": "EUR"},
                    {"on": day(now, -5), "what": "Dinner with four guests", "amount": 187.50, "currency": "EUR"},
                ],
                "total": 582.30,
                "currency": "EUR",
                "outside_policy": "Dinner: 37.50 a person, the policy says 35.00",
            },
            task={"title": "Pay Jonas Weber 582.30 EUR of expenses?", "risk": "low"},
            due=1 * DAY,
            doing=("Adding it to the next payroll",),
            result={"pays_on": day(now, 11)},
        ),
        Scene(
            key="flight-hold",
            agent="travel",
            intent_type="travel.booking.v1",
            payload={
                "employee": "Lena Hofmann",
                "from": "Hamburg",
                "to": "Lisbon",
                "leaves_at": at(now, 15 * DAY),
                "price": 318.40,
                "currency": "EUR",
                "price_held_until": at(now, 55 * MINUTE),
                "alternatives": [
                    {"route": "via Madrid", "hours": 7.5, "price": 246.10, "currency": "EUR"},
                    {"route": "a day later, direct", "hours": 3.3, "price": 289.00, "currency": "EUR"},
                ],
            },
            task={
                "title": "Book the direct flight to Lisbon for 318.40 EUR?",
                "description": "The airline holds this price for less than an hour. It was 402 EUR this morning.",
                "risk": "medium",
            },
            due=50 * MINUTE,
            knows="The meeting begins at 14:00, so the flight a day later would be too late.",
            doing=("Booking the seat", "Sending the ticket to Lena Hofmann"),
            result={"booking": "X7PQ2L"},
        ),
        Scene(
            key="reorder-paper",
            agent="purchasing",
            intent_type="stock.reorder.v1",
            payload={
                "warehouse": "Leipzig",
                "lines": [
                    {"item": "Boxes, small", "in_stock": 180, "quantity": 2000, "price": 0.41, "currency": "EUR"},
                    {"item": "Boxes, large", "in_stock": 55, "quantity": 800, "price": 0.93, "currency": "EUR"},
                    {"item": "Tape, rolls", "in_stock": 12, "quantity": 240, "price": 1.85, "currency": "EUR"},
                ],
                "total": 2008.00,
                "currency": "EUR",
                "arrives_on": day(now, 4),
            },
            task={"title": "Order packing material for 2,008.00 EUR?", "risk": "low"},
            due=7 * HOUR,
            doing=("Placing the order",),
            result={"order": "PO-3318"},
        ),
    ]

"""What is said to others, and what an agent did not understand."""

from datetime import datetime

from axme_site.demo.scenes.scene import DAY, HOUR, Scene, at


def scenes(now: datetime) -> list[Scene]:
    return [
        Scene(
            key="which-address",
            agent="support",
            intent_type="ticket.question.v1",
            payload={
                "ticket": "T-55102",
                "customer": "Hotel am Hafen",
                "says": "Please send it to the other house as last time.",
                "known_addresses": ["Hafenstr. 12, Rostock", "Am Strande 3, Warnemünde"],
            },
            task={
                "title": "Which house does Hotel am Hafen mean?",
                "description": "They ordered to both in the past, twice each. I do not want to guess.",
                "task_type": "clarification",
                "risk": "low",
                "form_schema": {
                    "type": "object",
                    "properties": {
                        "address": {
                            "type": "string",
                            "title": "Address",
                            "enum": ["Hafenstr. 12, Rostock", "Am Strande 3, Warnemünde", "Ask the customer"],
                        }
                    },
                    "required": ["address"],
                    "additionalProperties": False,
                },
            },
            due=4 * HOUR,
            knows="The last four parcels: Rostock, Warnemünde, Warnemünde, Rostock.",
            doing=("Sending the parcel",),
            result={"parcel": "JD-00340"},
        ),
        Scene(
            key="newsletter",
            agent="support",
            intent_type="mailing.release.v1",
            payload={
                "recipients": 12400,
                "subject": "Your deliveries between the holidays",
                "send_at": at(now, 40 * HOUR),
                "text": NEWSLETTER,
            },
            task={
                "title": "Send this email to 12,400 customers?",
                "task_type": "review",
                "risk": "medium",
            },
            due=36 * HOUR,
            knows="The last email to all of them was opened by 41 of 100, and 23 people unsubscribed.",
            doing=("Sending a test to three colleagues", "Scheduling the email"),
            result={"scheduled": 12400},
        ),
        Scene(
            key="nda",
            agent="contracts",
            intent_type="contract.review.v1",
            payload={
                "partner": "Meridian Analytics Ltd",
                "document": "Mutual confidentiality agreement, 6 pages",
                "clauses_changed": 3,
                "law": "England and Wales",
            },
            task={
                "title": "Sign the confidentiality agreement with Meridian?",
                "description": LONG_OPINION,
                "task_type": "review",
                "risk": "low",
            },
            due=2 * DAY,
            doing=("Signing", "Filing the agreement"),
            result={"document": "NDA-0417"},
        ),
    ]


NEWSLETTER = """Dear customer,

between the holidays our warehouse works with half its people. What this means for you:

Orders until the 20th at noon arrive before the holidays.
Orders after that leave on the 27th.
Returns are taken as always; refunds take three days longer.

If something has to be there in time, write to us today. We will look for a way.

Your team in Leipzig
"""

LONG_OPINION = """I compared this agreement with the seven that we signed in the last two years. Most of it is what we \
always sign. Three clauses are not.

1. Term (clause 4.2). Our own text says three years after the end of the talks. Theirs says five. In the four cases \
where a partner asked for five years we signed it twice and talked it down to three twice. Nothing that we would tell \
them stays interesting for five years, so the difference costs us little.

2. People (clause 6). They want us to name everybody who reads their documents, by name, before they read them. We \
have a list for two other partners already, and keeping it takes about ten minutes a month. If the project grows \
beyond ten people I would ask again whether this is still worth it.

3. Law (clause 11). England and Wales instead of Germany. Our lawyer wrote about this last spring in another case: \
acceptable for a confidentiality agreement, not for a contract about services. If talks lead to a contract, its \
clause about the law has to be talked about anew, and this agreement must not be taken as an example.

What I did not find: a penalty, an exclusive right, or a clause that forbids us to work with their competitors. Two \
earlier drafts of the same partner had one of these; both are gone.

My opinion: sign. The alternative is one more round of about two weeks, and the workshop is in nine days. If you \
choose "changes requested", please tell me which of the three matters to you, and I will write to them today.
"""

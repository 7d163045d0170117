"""The messages that stand in a chat, as the tests of their edits ask for them in Slack and in Teams."""

from dataclasses import dataclass

from inbox.notifications.models import ChatAddress
from tests.callers import PersonCaller
from tests.inbox import test_slack, test_teams_bot
from tests.inbox.outgoing import send
from tests.inbox.slack import MEMBER, WAIT_SECONDS, Slack
from tests.inbox.slack import words as slack_words
from tests.inbox.teams import CONVERSATION, MRI, PERSON, Teams
from tests.inbox.teams import words as teams_words


@dataclass
class InSlack:
    chat: Slack
    others: str = "U2"

    def link(self, who: PersonCaller, member: str = MEMBER) -> ChatAddress:
        return test_slack.linked(who, member)

    def says(self, place: int = 0) -> tuple[str, int]:
        """What the message says that was sent as the `place`th, and how many of its buttons decide."""
        found = list(self.chat.standing.values())[place]
        buttons = [one for block in found["blocks"] if block["type"] == "actions" for one in block["elements"]]
        assert all(one["action_id"] in ("axme_ask", "axme_open") for one in buttons)
        return slack_words(found), sum(one["action_id"] == "axme_ask" for one in buttons)

    def refuse(self, *, for_good: bool) -> None:
        self.chat.refusal = "cant_update_message" if for_good else "internal_error"

    def called(self) -> str:
        """What lists of messages say."""
        return str(next(iter(self.chat.standing.values()))["text"])

    def put_off(self) -> int:
        """Take nothing for now: for how many seconds it asks to be left alone."""
        self.chat.refusal = "ratelimited"
        return WAIT_SECONDS

    def relent(self) -> None:
        self.chat.refusal = ""


@dataclass
class InTeams:
    chat: Teams
    others: str = "11111111-3d56-4244-b585-20c8a42ed2b8"

    def link(self, who: PersonCaller, member: str = PERSON) -> ChatAddress:
        row = test_teams_bot.linked(who, member)
        where = {"conversationType": "personal", "id": f"{CONVERSATION}{member[:4]}", "tenantId": "t"}
        sender = {"id": MRI, "name": "Bob", "aadObjectId": member}
        assert self.chat.write(**{"from": sender, "conversation": where}).status == 200
        send()
        self.chat.standing.clear()
        return row

    def says(self, place: int = 0) -> tuple[str, int]:
        found = list(self.chat.standing.values())[place]
        (attached,) = found["attachments"]
        card = attached["content"]
        buttons = [one for block in card["body"] if block["type"] == "ActionSet" for one in block["actions"]]
        waits = sum(one.get("verb") == "axme_ask" for one in buttons)
        assert ("refresh" in card) is bool(waits)
        return teams_words(card), waits

    def refuse(self, *, for_good: bool) -> None:
        self.chat.status = 403 if for_good else 503

    def called(self) -> str:
        return str(next(iter(self.chat.standing.values()))["summary"])

    def put_off(self) -> int:
        self.chat.status = 429
        return 0

    def relent(self) -> None:
        self.chat.status = 201

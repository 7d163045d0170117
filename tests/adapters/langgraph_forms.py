"""Each form in which a graph asks, as LangGraph has it, and what it is resumed with. Run by the test beside it."""

import json

from axme_inbox.asking import Unanswered
from axme_inbox.langgraph import _read
from axme_inbox.waits import Decision
from langgraph.types import Interrupt

REFUND = {"order": "A", "euros": 40}
ALL = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
ONE = {"action_request": {"action": "refund", "args": REFUND}, "config": ALL, "description": "So"}
SEVERAL = {
    "action_requests": [{"name": "refund", "args": REFUND, "description": "So"}] * 2,
    "review_configs": [{"action_name": "refund", "allowed_decisions": ["approve", "edit", "reject", "respond"]}],
}
SCHEMA = {"oneOf": [{"properties": {"type": {"const": one}}} for one in ("approve", "edit", "reject", "respond")]}
FORMS = {
    "inbox": Interrupt(value=ONE, id="i1"),
    "inbox list": Interrupt(value=[ONE], id="i1"),
    "middleware": Interrupt(value=SEVERAL, id="i1"),
    "per call": Interrupt(value={"type": "tool_approval", "name": "refund", "args": REFUND}, id="i1"),
}
PEOPLE = {
    "approved": {"outcome": "approved"},
    "edited": {"outcome": "approved", "data": {"approved": {"/arguments/euros": 25}}},
    "rejected": {"outcome": "rejected", "comment": "never bought"},
    "responded": {"outcome": "respond", "comment": "ask again tomorrow"},
    "responded with nothing": {"outcome": "respond", "comment": "  "},
    "expired": {"outcome": "expired"},
}
found: dict[str, dict[str, object]] = {}
for name, asked in FORMS.items():
    object.__setattr__(asked, "response_schema", SCHEMA)
    read = _read(asked)
    for what, told in PEOPLE.items():
        verdicts = {call.key: call.verdict(Decision.of(told)) for call in read.calls}
        try:
            found.setdefault(name, {})[what] = read.answer(verdicts, {})
        except Unanswered:
            found[name][what] = "unanswered"
    assert [call.allowed for call in read.calls] == [["approve", "edit", "reject", "respond"]] * len(read.calls), name
print(json.dumps(found))

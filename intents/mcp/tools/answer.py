"""Answering what people ask about an intent that waits for them."""

import json
from typing import Annotated

from pydantic import Field, StringConstraints

from intents.api.common import as_id
from intents.engine import selectors
from intents.engine.services import questions
from intents.kernel.errors import Conflict, InvalidField
from intents.mcp.registry import Acting, Call, McpTool, Question, ToolAnswer
from intents.schemas.shown import event


class Given(Acting):
    intent_id: str = Field(description="The intent that the question is about.", max_length=64)
    answer: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = Field(
        None, description="What to answer. Without it your own user is asked, where your client can ask them."
    )
    question_seq: int | None = Field(None, ge=1, strict=True, description="Which question; the last one when absent.")


def run(call: Call, given: Given) -> ToolAnswer | Question:
    wanted, text, seq = as_id(given.intent_id, "intent"), given.answer, given.question_seq
    if text is None and call.state is not None:
        # The question that they were shown, also where another came meanwhile.
        seq = int(json.loads(call.state)["seq"])
        if call.said is None:
            return ToolAnswer({"intent_id": str(wanted), "question_seq": seq}, "declined", {"intent_id": str(wanted)})
        text = str(call.said.get("answer", ""))
    if text is None:
        return _ask(call, given)

    def work() -> dict[str, object]:
        done = questions.answer(actor=call.actor, intent_id=wanted, text=text, question_seq=seq)
        return {"event": event(done)}

    return ToolAnswer(call.once(work), more={"intent_id": str(wanted)})


def _ask(call: Call, given: Given) -> Question:
    row = selectors.intent(call.actor, as_id(given.intent_id, "intent"))
    asked = selectors.question(row, given.question_seq)
    if asked is None:
        raise Conflict("nobody asked this", status=row.status)
    question = event(asked)
    return Question(
        message=f"{question['actor']} asks about {row.intent_type}: {question['details'].get('message', '')}",
        schema={
            "type": "object",
            "properties": {"answer": {"type": "string", "title": "Answer", "minLength": 1, "maxLength": questions.LONGEST}},
            "required": ["answer"],
        },
        state=json.dumps({"seq": question["seq"]}),
        otherwise=InvalidField("answer", "is required: your client cannot ask its user"),
    )


TOOL = McpTool(
    name="axme.answer",
    title="Answer a question",
    description="Answer what somebody asked before deciding about an intent (an intent.question of its history). They are "
    "told, and go on deciding.",
    arguments=Given,
    run=run,
)

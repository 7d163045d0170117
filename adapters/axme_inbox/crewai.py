"""CrewAI: flows that ask by `@human_feedback` ask people, and go on with what they said."""

from functools import partial
from typing import Any

from crewai.flow import Flow, HumanFeedbackPending, PendingFeedbackContext
from crewai.flow.persistence import FlowPersistence
from crewai.llms.base_llm import BaseLLM
from crewai.utilities.llm_utils import create_llm
from pydantic import BaseModel, TypeAdapter

from axme_inbox.asking import Question, Unanswered, ask
from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds

_ANY = TypeAdapter(Any)
ENDS = ("expired", "canceled", "failed")
"""How a question ends that nobody answered. A flow that lists one in `emit` is routed there; people can't choose it."""


class People:
    """The provider of `@human_feedback(provider=PEOPLE)`: the flow is put aside until people said something."""

    def request_feedback(self, context: PendingFeedbackContext, flow: Any) -> str:
        raise HumanFeedbackPending(context=context)


PEOPLE = People()


async def run(
    work: Intent, flow: type[Flow[Any]], inputs: Json | None = None, *, within: Seconds = None, name: str = "run"
) -> Any:
    """What a flow of this class comes to, as JSON. `name` tells runs of one intent apart.

    The state of a flow that was put aside is a step, so a run that was killed goes on from its last question. A method may
    run again after a crash: let what has effects be done in `work.step`. With `emit` people choose one of the outcomes, and
    no model guesses from their words; without, they write. The flow never goes on with nothing: where nobody answered it
    goes to `expired` or `canceled` if it emits that, else Unanswered is raised.
    """
    said = await work.step(f"{name}-1", partial(_begin, flow, inputs))
    for number in range(2, 1000):
        if said["pending"] is None:
            break
        question = _question(f"{name}-{number}", said["pending"])
        decision = (await ask(work, [question], within=within))[question.key]
        said = await work.step(f"{name}-{number}", partial(_go_on, flow, said, decision))
    return said["output"]


async def _begin(flow: type[Flow[Any]], inputs: Json | None) -> Json:
    shelf = _Shelf()
    return _said(await flow(persistence=shelf).kickoff_async(inputs=inputs), shelf)


async def _go_on(flow: type[Flow[Any]], said: Json, decision: Decision) -> Json:
    context = PendingFeedbackContext.from_dict(said["pending"])
    outcome, text = _feedback(context, decision)
    shelf = _Shelf(state=said["state"], pending=said["pending"])
    begun: Flow[Any] = flow.from_pending(context.flow_id, shelf)
    if outcome is not None and begun.pending_feedback is not None:
        begun.pending_feedback.llm = _Chosen(model="people", outcome=outcome, other=context.llm)
    return _said(await begun.resume_async(text), shelf)


def _said(found: Any, shelf: "_Shelf") -> Json:
    if isinstance(found, HumanFeedbackPending):
        return {"pending": found.context.to_dict(), "state": shelf.state}
    return {"pending": None, "output": _ANY.dump_python(found, mode="json", fallback=str)}


def _question(key: str, pending: Json) -> Question:
    payload = {"output": pending["method_output"]} | ({"metadata": pending["metadata"]} if pending["metadata"] else {})
    if outcomes := [one for one in pending["emit"] or () if one not in ENDS]:
        return Question(key, pending["message"], payload, {"allowed_outcomes": outcomes})
    form = {"type": "object", "properties": {"answer": {"type": "string", "pattern": "\\S"}}, "required": ["answer"]}
    return Question(key, pending["message"], payload, {"task_type": "clarification", "form_schema": form})


def _feedback(context: PendingFeedbackContext, decision: Decision) -> tuple[str | None, str]:
    """The outcome to route by, if the flow does, and a text, which is never empty."""
    emit = context.emit or []
    if decision.outcome in emit:
        return decision.outcome, (decision.comment or "").strip() or decision.outcome
    if decision.outcome == "provided" and not emit:
        return None, str(decision.data["answer"])
    raise Unanswered(decision.outcome)


class _Chosen(BaseLLM):
    """What the flow asks which outcome people meant: they chose it. Anything else its own model is asked."""

    outcome: str
    other: Any = None

    def call(self, messages: Any, *more: Any, **named: Any) -> Any:
        wanted = named.get("response_model")
        if isinstance(wanted, type) and issubclass(wanted, BaseModel) and set(wanted.model_fields) == {"outcome"}:
            return self.outcome
        model = create_llm(self.other)
        return model.call(messages, *more, **named) if model else ""


class _Shelf(FlowPersistence):
    """Where a flow is put aside, until the step that it is in is stored."""

    state: Any = None
    pending: Json | None = None

    def init_db(self) -> None: ...

    def save_state(self, flow_uuid: str, method_name: str, state_data: Any) -> None:
        """Nothing: a run goes on from its last question."""

    def load_state(self, flow_uuid: str) -> Json | None:
        return None

    def save_pending_feedback(self, flow_uuid: str, context: PendingFeedbackContext, state_data: Any) -> None:
        self.state = _ANY.dump_python(state_data, mode="json", fallback=str)

    def load_pending_feedback(self, flow_uuid: str) -> tuple[Json, PendingFeedbackContext] | None:
        return (self.state, PendingFeedbackContext.from_dict(self.pending)) if self.pending else None

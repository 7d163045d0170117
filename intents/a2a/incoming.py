"""Messages that clients send, of either version, and the intents they ask for."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from intents.a2a.refusals import ContentType
from intents.kernel.errors import InvalidField
from intents.schemas.fields import Address, Closed, Moment, Object
from intents.schemas.refusals import refusal
from intents.schemas.requests import SubmitIntent

OPTIONS = "axme"
"""The name in a message's metadata of what A2A has no words for."""
MESSAGE, APPROVAL = "message.text.v1", "approval.request.v1"
TITLE, DESCRIPTION = 255, 2000


class Options(Closed):
    """What a message may say beside its parts."""

    to_agent: Address | None = Field(None, description="Whose work it is.")
    intent_type: Annotated[str, StringConstraints(max_length=255)] | None = None
    human_task: Object | None = Field(None, description="What people are asked, as the API's `human_task`.")
    deadline_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as it was sent: `facts` are its data, and its links to files."""

    message_id: str
    task_id: str | None
    context_id: UUID | None
    text: str
    facts: dict[str, Any]
    options: Options
    sent: dict[str, Any] = field(repr=False)


def read(params: dict[str, Any]) -> SentMessage:
    """The message of a request. Raises InvalidField naming what is wrong with it, ContentType."""
    sent = params.get("message")
    if not isinstance(sent, dict):
        raise InvalidField("message", "must be an object")
    parts = sent.get("parts")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise InvalidField("message.parts", "must be a list of parts, at least one")
    message_id = _text(sent, "messageId")
    if not message_id or len(message_id) > 255 or not message_id.isprintable():
        raise InvalidField("message.messageId", "1 to 255 printable characters")
    texts: list[str] = []
    data: list[Any] = []
    files: list[dict[str, str]] = []
    for number, part in enumerate(parts):
        _take(part, f"message.parts.{number}", texts, data, files)
    return SentMessage(
        message_id=message_id,
        task_id=_text(sent, "taskId"),
        context_id=context(_text(sent, "contextId"), "message.contextId"),
        text="\n".join(texts),
        facts=_facts(data, files),
        options=_options(sent.get("metadata")),
        sent={name: value for name, value in sent.items() if name != "messageId"},
    )


def _text(sent: dict[str, Any], name: str) -> str | None:
    value = sent.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidField(f"message.{name}", "must be text")
    return value


def context(sent: str | None, place: str) -> UUID | None:
    """Raises InvalidField."""
    try:
        return UUID(sent) if sent is not None else None
    except ValueError:
        raise InvalidField(place, "must be one that this server gave, or a UUID") from None


def _take(part: dict[str, Any], place: str, texts: list[str], data: list[Any], files: list[dict[str, str]]) -> None:
    linked = part["file"] if isinstance(part.get("file"), dict) else part
    if "raw" in part or "bytes" in linked:
        raise ContentType("files are not sent in messages: upload them, and send their link", field=place)
    link = linked.get("uri", linked.get("url"))
    if isinstance(part.get("text"), str):
        texts.append(part["text"])
    elif "data" in part:
        data.append(part["data"])
    elif isinstance(link, str):
        names = {"url": link, "filename": linked.get("name", linked.get("filename"))}
        files.append({name: value for name, value in names.items() if isinstance(value, str)})
    else:
        raise InvalidField(place, "must be a text, data, or the link of a file")


def _facts(data: list[Any], files: list[dict[str, str]]) -> dict[str, Any]:
    """One object of data is the payload; of several things, each has its place."""
    facts = dict(data[0]) if len(data) == 1 and isinstance(data[0], dict) else {"data": data} if data else {}
    return _with(facts, "files", files) if files else facts


def _with(facts: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The facts, and one more that is no part of the data. Raises InvalidField where the data have another of that name."""
    if facts.setdefault(name, value) != value:
        raise InvalidField("message.parts", f"the data have {name} of their own: give that another name")
    return facts


def _options(metadata: Any) -> Options:
    sent = metadata.get(OPTIONS, {}) if isinstance(metadata, dict) else {}
    if not isinstance(sent, dict):
        raise InvalidField(f"message.metadata.{OPTIONS}", "must be an object")
    try:
        return Options.model_validate(sent)
    except ValidationError as error:
        raise refusal(error, below=f"message.metadata.{OPTIONS}") from None


def wanted(message: SentMessage, *, target: str, sender: str) -> SubmitIntent:
    """The intent that a message asks for, at the address `target` or else, without one, at that of people: they are asked
    to decide. Raises InvalidField."""
    options = message.options
    if target and options.to_agent is not None and options.to_agent != target:
        raise InvalidField(f"message.metadata.{OPTIONS}.to_agent", f"this is the address of {target}")
    to_agent = target or options.to_agent
    human_task, payload = options.human_task, dict(message.facts)
    if human_task is not None or to_agent is None:
        human_task = _asked(message.text) | (human_task or {})
        if len(message.text) > DESCRIPTION:
            payload = _with(payload, "text", message.text)
    elif message.text:
        payload = _with(payload, "text", message.text)
    fields: dict[str, Any] = {
        "intent_type": options.intent_type or (MESSAGE if human_task is None else APPROVAL),
        "to_agent": to_agent or sender,
        "payload": payload,
        "human_task": human_task,
    }
    try:
        made = SubmitIntent.model_validate(fields)
    except ValidationError as error:
        raise refusal(error) from None
    return made.model_copy(update={"correlation_id": message.context_id, "deadline_at": options.deadline_at})


def _asked(text: str) -> dict[str, Any]:
    """What people are asked, in words: the first line, and all of it where it is longer. Raises InvalidField."""
    title = text.strip().partition("\n")[0].strip()
    if not title:
        raise InvalidField("message.parts", "say in a text what people are asked")
    asked: dict[str, Any] = {"title": title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"}
    if asked["title"] != text.strip():
        asked["description"] = text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 1]}…"
    return asked

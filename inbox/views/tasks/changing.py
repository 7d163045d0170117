"""Approving with changes: the fields in which values of the payload are changed, and what each becomes."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from inbox import forms, presentation
from inbox.forms import editable
from inbox.presentation import Fact
from inbox.tasks.changed import ChangedValue
from inbox.vocabulary import pointers
from intents.kernel import canonical

PREFIX = "approved"
"""What the names of their inputs begin with."""
SHORT = 100
"""A text of up to so many characters is changed in one line."""
SEEN = "changes_seen"
"""Sent with a decision: the mark of the changes that its person was shown before they confirmed them."""
PATH = "data.approved"


def fields(spec: Mapping[str, Any], payload: Any, sent: QueryDict | None) -> list[forms.Field]:
    """The inputs of the values that may be changed, as they were `sent`, else with what is proposed."""
    if "editable_fields" not in spec:
        return []
    schema = editable.schema_of(spec["editable_fields"], payload)
    found = forms.fields(schema, sent=sent, prefix=PREFIX)
    for one in found:
        one.needed = False  # It is filled in already.
        if editable.is_amount(schema["properties"][one.key]):
            one.kind, one.typing = "text", "decimal"
        elif sent is None and one.kind == "number":
            one.value = one.value.removesuffix(".0")
        elif one.kind == "area" and len(one.value) <= SHORT and "\n" not in one.value:
            one.kind = "text"
    return found


def typed(spec: Mapping[str, Any], payload: Any, sent: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that are other ones than those proposed, and what is wrong with inputs that could not be read, by their
    names. What was emptied is empty, and not as it was."""
    if "editable_fields" not in spec:
        return {}, {}
    schema = editable.schema_of(spec["editable_fields"], payload)
    first = {one.name: one for one in forms.fields(schema, prefix=PREFIX)}
    found, wrong = forms.read(schema, sent, prefix=PREFIX)
    touched = [one for name, one in first.items() if _sent(one, sent) not in (None, _plain(one.value))]
    return {one.key: found.get(one.key, "") for one in touched if one.key is not None}, wrong


def _sent(one: forms.Field, sent: QueryDict) -> str | None:
    """What was sent in a field; None where it was not on the page. A switch that is off sends nothing."""
    if one.kind == "switch" and f"{PREFIX}-on-page" in sent:
        return "true" if sent.get(one.name) == "true" else "false"
    return _plain(sent[one.name]) if one.name in sent else None


def _plain(text: Any) -> str:
    return str(text).replace("\r\n", "\n").strip()


def place(made: list[forms.Field], errors: Mapping[str, str]) -> dict[str, str]:
    """Put what is wrong beside the inputs. Returns what is about something else."""
    own = {path.replace(PATH, forms.PREFIX, 1): why for path, why in errors.items() if path.startswith(f"{PATH}.")}
    own |= {name: why for name, why in errors.items() if name.startswith(f"{PREFIX}-")}
    left = forms.place(made, own)
    others = {path: why for path, why in errors.items() if not path.startswith((f"{PATH}.", f"{PREFIX}-"))}
    return others | {path.replace(forms.PREFIX, PATH, 1): why for path, why in left.items()}


def mark(changes: Iterable[ChangedValue]) -> str:
    """What tells these changes from any others."""
    return canonical.digest(canonical.dumps([one.as_json() for one in changes])).hex()


def after(spec: Mapping[str, Any], payload: Any, approved: Mapping[str, Any]) -> Any:
    """The payload with the values that are approved, by the names of their fields."""
    for one in spec.get("editable_fields", ()):
        if one["name"] in approved and pointers.spot(one["pointer"], payload) is not None:
            payload = pointers.replaced(payload, one["pointer"], approved[one["name"]])
    return payload


def facts(spec: Mapping[str, Any], payload: Any, approved: Mapping[str, Any]) -> list[Fact]:
    """Each value that is another one than proposed with the one that is approved, in the order of the fields. `approved` are
    values by the names of their fields."""
    changed, found = after(spec, payload, approved), []
    for one in spec.get("editable_fields", ()):
        old, new = pointers.spot(one["pointer"], payload), pointers.spot(one["pointer"], changed)
        if one["name"] in approved and old is not None and new is not None:
            found.append(presentation.change(one.get("label", ""), old.key, old.beside, new.beside))
    return found


def of_decision(spec: Mapping[str, Any], payload: Any, changes: Iterable[Mapping[str, Any]]) -> list[Fact]:
    """`facts` of the changes of a decision on record."""
    return facts(spec, payload, {one["field"]: one.get("approved") for one in changes if "field" in one})

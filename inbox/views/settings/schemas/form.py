"""What is typed to register a schema, and to try a payload."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.refusals import in_a_sentence
from inbox.views.kit.revisions import Revision
from intents.kernel import canonical
from intents.kernel.errors import DomainError
from intents.semantics import selectors
from intents.semantics.models import Mode, SemanticSchema

MODES = {
    Mode.STRICT: _("Refuse the intent"),
    Mode.BACKWARD: _("Refuse the intent, unless an earlier version allows it"),
    Mode.WARN: _("Accept it, with a warning in its history"),
}
"""What becomes of a payload that a schema does not allow."""
SHORT = {Mode.STRICT: _("Strict"), Mode.BACKWARD: _("Backward"), Mode.WARN: _("Warn")}


class JsonField(forms.CharField):
    """An object, typed as JSON."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        area = forms.Textarea(
            attrs={"rows": rows, "spellcheck": "false", "class": "mono", "dir": "ltr", "autocapitalize": "off"}
        )
        super().__init__(widget=area, strip=False, max_length=200_000, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text or not text.strip():
            return {}
        try:
            found = canonical.parse(text.encode())
        except DomainError as error:
            raise forms.ValidationError(in_a_sentence(error.message)) from None
        if not isinstance(found, dict):
            raise forms.ValidationError(_("A JSON object, like {} with its properties."))
        return found


class SchemaForm(forms.Form):
    """A version of a schema that exists."""

    schema_json = JsonField(
        rows=16,
        label=_("JSON Schema"),
        required=False,
        help_text=_("Draft 2020-12, at most 32 KiB, without references to other documents."),
    )
    mode = forms.ChoiceField(
        label=_("If a payload does not match"), choices=MODES.items(), widget=forms.RadioSelect, initial=Mode.STRICT
    )
    active = forms.BooleanField(label=_("Check payloads by this version"), required=False, initial=True)
    revision = Revision(first=0)


class NewSchemaForm(SchemaForm):
    """A new version, of a type that may be new too."""

    field_order = ("semantic_type",)

    semantic_type = forms.CharField(
        label=_("Type and version"), max_length=255, help_text=_("As agents send it, like refund.pay.v1.")
    )


class PayloadForm(forms.Form):
    payload = JsonField(rows=8, label=_("Payload"), required=False)


def first_of(row: SemanticSchema, *, next_version: int | None = None) -> dict[str, Any]:
    """What a form about a schema begins with; with `next_version` that of one after it."""
    pretty = json.dumps(canonical.loads(row.document), indent=2, ensure_ascii=False)
    first = {"schema_json": pretty, "mode": row.mode, "active": row.active}
    if next_version is None:
        return first | {"revision": selectors.revision(row)}
    return first | {"semantic_type": f"{row.base}.v{next_version}", "mode": Mode.BACKWARD, "active": True}

"""Fields of several values, one on each line."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

MOST_LINES, LONGEST_LINE = 50, 241


class LinesField(forms.CharField):
    """Values, one on each line."""

    def __init__(
        self, *, label: Any, help_text: Any = "", required: bool = False, rows: int = 2, most: int = MOST_LINES
    ) -> None:
        self.most = most
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
        super().__init__(label=label, help_text=help_text, required=required, widget=widget)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: object) -> list[str]:
        found = list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))
        if self.required and not found:
            raise forms.ValidationError(_("Name at least one."))
        if len(found) > self.most:
            raise forms.ValidationError(_("At most %(most)s lines.") % {"most": self.most})
        if long := next((one for one in found if len(one) > LONGEST_LINE), None):
            said = _("“%(line)s…” is longer than %(most)s characters.")
            raise forms.ValidationError(said % {"line": long[:20], "most": LONGEST_LINE})
        return found

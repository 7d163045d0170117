"""The nodes of templates that hold others, quicker: conditions, parts that are included, names, and tokens of forms.

Django asks of each condition anew what kinds of terms it has, and goes by several contexts into each part. What these print
is the same; `axme_site.rendering` puts them in.
"""

from collections.abc import Callable
from typing import Any

from django.template.base import FilterExpression, Node, Template, Variable, VariableDoesNotExist
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode, IfNode, TemplateLiteral, WithNode
from django.template.loader_tags import IncludeNode
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

NOT_GIVEN = "NOTPROVIDED"
RELATIVE = ("./", "../")
MOST_PARTS = 100
"""Templates that one place may choose between, and that are kept there."""
Term = Callable[[Context], Any]


class Branches(IfNode):
    """`{% if %}`."""

    def __init__(self, node: IfNode) -> None:
        super().__init__(node.conditions_nodelists)
        self._branches = [(None if term is None else _term(term), nodes) for term, nodes in node.conditions_nodelists]

    def render(self, context: Context) -> SafeString:
        for term, nodes in self._branches:
            try:
                is_so = term is None or term(context)
            except VariableDoesNotExist:  # What a filter is given.
                is_so = False
            if is_so:
                return nodes.render(context)
        return SafeString()

    render_annotated = render


def _term(found: Any) -> Term:
    """What a condition, or a part of it, is. As Django has it: what is not there is None, and what cannot be compared is
    not so."""
    if isinstance(found, TemplateLiteral):
        of: Any = found.value
        return _value(of)
    kind = getattr(found, "id", "")
    if kind not in ("not", "and", "or", "==", "!="):
        return found.eval  # type: ignore[no-any-return]
    first, second = _term(found.first), _term(found.second) if found.second is not None else None
    if second is None:
        return _safely(lambda context: not first(context))
    match kind:
        case "and":
            return _safely(lambda context: first(context) and second(context))
        case "or":
            return _safely(lambda context: first(context) or second(context))
        case "==":
            return _safely(lambda context: first(context) == second(context))
    return _safely(lambda context: first(context) != second(context))


def _safely(term: Term) -> Term:
    def value(context: Context) -> Any:
        try:
            return term(context)
        except Exception:
            return False

    return value


def _value(expression: FilterExpression) -> Term:
    variable = expression.var
    if expression.filters or not isinstance(variable, Variable):
        return lambda context: expression.resolve(context, ignore_failures=True)

    def value(context: Context) -> Any:
        try:
            return variable.resolve(context)
        except VariableDoesNotExist:
            return None

    return value


class Part(IncludeNode):
    """`{% include "..." %}` by a fixed name, of which the template is looked for once."""

    def __init__(self, node: IncludeNode) -> None:
        super().__init__(node.template, extra_context=node.extra_context)
        self._found: Template | None = None

    def render(self, context: Context) -> SafeString:
        found = self._found
        if found is None:
            assert context.template is not None
            found = self._found = context.template.engine.get_template(str(self.template.var))
        return rendered(found, context, {name: value.resolve(context) for name, value in self.extra_context.items()})

    render_annotated = render


class ChosenPart(IncludeNode):
    """`{% include name %}`, of which each template is looked for once."""

    def __init__(self, node: IncludeNode) -> None:
        super().__init__(node.template, extra_context=node.extra_context)
        self._found: dict[str, Template] = {}

    def render(self, context: Context) -> SafeString:
        name = self.template.resolve(context)
        if not isinstance(name, str) or name.startswith(RELATIVE):
            return SafeString(super().render(context))
        found = self._found.get(name)
        if found is None:
            assert context.template is not None
            found = context.template.engine.get_template(name)
            if len(self._found) < MOST_PARTS:
                self._found[name] = found
        return rendered(found, context, {name: value.resolve(context) for name, value in self.extra_context.items()})

    render_annotated = render


def rendered(template: Template, context: Context, values: dict[str, Any]) -> SafeString:
    """A template within another one, with `values` besides."""
    state = context.render_context
    outer, state.template = state.template, template
    state.dicts.append({})
    context.dicts.append(values)
    try:
        return template.nodelist.render(context)
    finally:
        context.dicts.pop()
        state.dicts.pop()
        state.template = outer


class Names(WithNode):
    """`{% with %}`."""

    def __init__(self, node: WithNode) -> None:
        super().__init__("", "", node.nodelist, extra_context=node.extra_context)

    def render(self, context: Context) -> SafeString:
        context.dicts.append({name: value.resolve(context) for name, value in self.extra_context.items()})
        try:
            return self.nodelist.render(context)
        finally:
            context.dicts.pop()

    render_annotated = render


class FormToken(CsrfTokenNode):
    """`{% csrf_token %}`."""

    def render(self, context: Context) -> SafeString:
        token = context.get("csrf_token")
        if not token:
            return SafeString(super().render(context))
        if token == NOT_GIVEN:
            return SafeString()
        return SafeString(f'<input type="hidden" name="csrfmiddlewaretoken" value="{conditional_escape(token)}">')

    render_annotated = render


def quicker(node: Node) -> Node:
    """What to put in the place of a node that holds others."""
    if type(node) is IfNode:
        return Branches(node)
    if type(node) is WithNode:
        return Names(node)
    if type(node) is CsrfTokenNode:
        return FormToken()
    if type(node) is IncludeNode and not node.isolated_context:
        return Part(node) if _is_plain(node.template) else ChosenPart(node)
    return node


def _is_plain(expression: FilterExpression) -> bool:
    """Whether it is the name of a template, from the folder of all of them."""
    name = expression.var
    return isinstance(name, str) and not expression.filters and not name.startswith(RELATIVE)

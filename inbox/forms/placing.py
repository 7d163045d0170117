"""Where on a page it stands what is wrong with an answer: beside the field that it is about, or the nearest one around it.
What has no field is given back, so that nothing is ever refused in silence."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from inbox.forms.field import PREFIX, Field
from inbox.vocabulary.series import series

_CUT = 80
"""Keys in the paths of problems are cut here."""


def place(fields: Sequence[Field], errors: Mapping[str, str]) -> dict[str, str]:
    """Put `errors`, by path (`data.rows.0.qty`) or by the name of an input, beside the fields. Returns those that
    no field of the form is for."""
    by_name = {one.name: one for one in _all(fields)}
    unread = [name for name in errors if name in by_name]
    for name in unread:
        _put(by_name[name], "", errors[name])
    left = {}
    for path, message in errors.items():
        if path in by_name or (unread and path == PREFIX):
            continue
        candidates = list(_around(fields, path.removeprefix(f"{PREFIX}."))) if path.startswith(f"{PREFIX}.") else []
        nearest = min((len(rest) for _one, rest in candidates), default=0)
        for one, rest in candidates:
            # What is missing because it could not be read is told once.
            if len(rest) == nearest and one.name not in unread:
                _put(one, rest, message)
        if not candidates:
            left[path] = message
    return left


def first_wrong(made: Sequence[Field]) -> Field | None:
    """The first field of the page that something is wrong with."""
    return next((one for one in _all(made) if one.error), None)


def sentences(left: Mapping[str, str]) -> str:
    """What has no place of its own, to be said of the answer as a whole."""
    parts = []
    for path, message in left.items():
        at = path.removeprefix(PREFIX).removeprefix(".")
        words = f"{_words(at)}: {message}" if at else message
        parts.append(words[:1].upper() + words[1:])
    return ". ".join(parts)


def _all(made: Sequence[Field]) -> Iterator[Field]:
    for one in made:
        yield one
        yield from _all(one.fields)


def _around(made: Sequence[Field], path: str) -> Iterator[tuple[Field, str]]:
    """The visible fields that `path` leads to or through, each with the rest of the path. Dots in keys make several fit."""
    for one in made:
        if one.is_hidden:
            continue
        if one.key is None:
            if one.kind == "union":
                if path == one.values[0]:
                    yield one, ""
                yield from _around([branch for branch in one.fields if branch.value == one.value], path)
            elif one.kind == "group":
                yield from _around(one.fields, path)
            else:
                yield one, path
            continue
        for spelled in {one.key, one.key[:_CUT]}:
            if path == spelled:
                yield one, ""
            elif path.startswith(f"{spelled}."):
                rest = path[len(spelled) + 1 :]
                yield one, rest
                yield from _around(one.fields, rest)


def _put(one: Field, rest: str, message: str) -> None:
    words = f"{_words(rest, line=one.kind == 'lines')}: {message}" if rest else message
    one.error = f"{one.error}; {words}" if one.error else words


def _words(path: str, *, line: bool = False) -> str:
    item = _("line %(number)s") if line else _("item %(number)s")
    steps = [item % {"number": int(step) + 1} if step.isdecimal() and len(step) < 7 else step for step in path.split(".")]
    return series(steps)

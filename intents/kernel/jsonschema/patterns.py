"""Patterns of form schemas: regular expressions as ECMA-262 means them, run in linear time.

JSON Schema's patterns are those of JavaScript. The engine that runs them here (Rust's, through pydantic) never backtracks,
but has a syntax and character classes of its own. So a pattern is read as ECMA-262 (with its `u` flag, and the escapes that
everybody writes although that flag forbids them) and written anew for the engine: nothing reaches it as it was sent.
"""

import re
from collections.abc import Callable

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

LONGEST = 500
DEEPEST = 40
MAX_SIZE = 20_000
"""What all patterns of a form may come to. Compiled that is some ten megabytes, made for one request, in about 0.1 s."""
LARGE = (
    "is too large: counted repeats multiply what they repeat (a length is better limited by minLength and maxLength),"
    " or there are too many patterns"
)
NOT_REGULAR = "has look-ahead, look-behind or back-references, which cannot be used here"

_DIGIT, _WORD = "0-9", "0-9A-Z_a-z"
_SPACE = r"\t\n\x0B\f\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}"
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_ANY = r"[^\n\r\u{2028}\u{2029}]"
_NOTHING, _ALL = r"[^\x00-\u{10FFFF}]", r"[\x00-\u{10FFFF}]"
_WIDE, _PROPERTY = 8, 100
"""How much larger than a letter is a class beyond ASCII, and one by a property as \\p{L}; a letter is 1."""
_COUNT = re.compile(r"\{([0-9]{1,9})(,([0-9]{1,9})?)?\}")
_PROPERTIES = re.compile(r"\{([A-Za-z_]{1,40}(=[A-Za-z_0-9]{1,40})?)\}")
_LOOK = ("(?=", "(?!", "(?<=", "(?<!")


class Unsound(ValueError):
    """The pattern is none, or cannot be run here; the words say why."""


def compiled(pattern: str) -> tuple[Callable[[str], bool], int]:
    """Tells in which texts `pattern` is found; with its size, by which compiling costs time and memory. Raises Unsound."""
    written, weight = _Reader(pattern).read()
    try:
        engine = SchemaValidator(core_schema.str_schema(pattern=written, strict=True))
    except SchemaError:
        raise Unsound("cannot be read as a regular expression here") from None

    def found(text: str) -> bool:
        try:
            engine.validate_python(text)
        except ValidationError:
            return False
        return True

    return found, weight


class _Reader:
    """One pass over a pattern by recursive descent, which writes it for the engine and weighs it."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > LONGEST:
            raise Unsound(f"holds at most {LONGEST} characters")
        self._text, self._at, self._depth = pattern, 0, 0

    def read(self) -> tuple[str, int]:
        found = self._alternatives()
        if self._at < len(self._text):
            raise Unsound("has a ) without its (")
        if found[1] > MAX_SIZE:
            raise Unsound(LARGE)
        return found

    def _next(self, text: str) -> bool:
        """Whether `text` comes next; then it is passed."""
        found = self._text.startswith(text, self._at)
        self._at += len(text) * found
        return found

    def _alternatives(self) -> tuple[str, int]:
        parts, weight = [], 1
        while True:
            written, heavy = self._sequence()
            parts.append(written)
            weight += heavy
            if not self._next("|"):
                return "|".join(parts), weight

    def _sequence(self) -> tuple[str, int]:
        parts, weight = [], 0
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            written, heavy, repeats = self._term()
            suffix, times = self._quantifier()
            if suffix and not repeats:
                raise Unsound(f"repeats what cannot be repeated, before character {self._at + 1}")
            parts.append(f"{written}{suffix}")
            weight += heavy * times
            if weight > MAX_SIZE:
                raise Unsound(LARGE)
        return "".join(parts), weight

    def _quantifier(self) -> tuple[str, int]:
        if match := _COUNT.match(self._text, self._at):
            self._at = match.end()
            least, most = int(match[1]), int(match[3]) if match[3] else None
            if most is not None and most < least:
                raise Unsound("has a count that begins above its end")
            suffix, times = match[0], max(1, least, most or 0)
        elif self._at < len(self._text) and self._text[self._at] in "*+?":
            suffix, times = self._text[self._at], 1
            self._at += 1
        else:
            return "", 1
        return suffix + ("?" if self._next("?") else ""), times

    def _term(self) -> tuple[str, int, bool]:
        """What comes next as written for the engine, its weight, and whether it may be repeated."""
        char = self._text[self._at]
        if char in "^$":
            self._at += 1
            return char, 1, False
        if char == "(":
            return *self._group(), True
        if char == "[":
            return *self._class(), True
        if char == "\\":
            return self._escape()
        if char in "*+?{":
            raise Unsound(f"has a {char} with nothing to repeat (write \\{char} for the character), at {self._at + 1}")
        self._at += 1
        return (_ANY, _WIDE, True) if char == "." else (_literal(ord(char)), 1, True)

    def _group(self) -> tuple[str, int]:
        if any(self._text.startswith(look, self._at) for look in _LOOK):
            raise Unsound(NOT_REGULAR)
        self._at += 1
        if self._next("?") and not self._next(":"):
            match = re.compile(r"<[A-Za-z_$][A-Za-z0-9_$]*>").match(self._text, self._at)
            if match is None:
                raise Unsound(
                    "has a group that begins with (? as only other languages have: flags are not part of a pattern"
                )
            self._at = match.end()
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unsound(f"nests groups deeper than {DEEPEST}")
        written, weight = self._alternatives()
        self._depth -= 1
        if not self._next(")"):
            raise Unsound("has a ( without its )")
        return f"(?:{written})", weight

    def _escape(self) -> tuple[str, int, bool]:
        edge = self._text[self._at : self._at + 2]
        if edge in (r"\b", r"\B"):
            self._at += 2
            return f"(?-u:{edge})", 1, False
        found = self._escaped()
        if isinstance(found, int):
            return _literal(found), 1, True
        return f"[{found}]", _weight(found), True

    def _escaped(self) -> str | int:
        """An escape that stands for one character, by its number, or for a class, as written inside of one."""
        char = self._text[self._at + 1 : self._at + 2]
        self._at += 2
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.lower() in _CLASSES and char:
            inner = _CLASSES[char.lower()]
            return inner if char.islower() else f"[^{inner}]"
        if char in ("p", "P") and (match := _PROPERTIES.match(self._text, self._at)):
            self._at = match.end()
            return f"\\{char}{match[0]}"
        if char == "x":
            return self._hex(r"([0-9A-Fa-f]{2})")
        if char == "u":
            return self._code_point()
        if char == "0" and not self._text[self._at : self._at + 1].isdigit():
            return 0
        if char == "c" and re.match("[A-Za-z]", self._text[self._at : self._at + 1]):
            self._at += 1
            return ord(self._text[self._at - 1]) % 32
        if char == "k" or char.isdigit():
            raise Unsound(NOT_REGULAR)
        if not char or char in "<>" or char.isalnum():
            raise Unsound(f"has \\{char}, which ECMA-262 does not know")
        return ord(char)

    def _hex(self, digits: str) -> int:
        match = re.compile(digits).match(self._text, self._at)
        if match is None:
            raise Unsound("has \\x or \\u without its hexadecimal digits")
        self._at = match.end()
        number = int(match[1], 16)
        if number > 0x10FFFF:
            raise Unsound("names a character that there is not")
        return number

    def _code_point(self) -> int:
        if self._text.startswith("{", self._at):
            number = self._hex(r"\{([0-9A-Fa-f]{1,8})\}")
        else:
            number = self._hex("([0-9A-Fa-f]{4})")
            low = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})").match(self._text, self._at)
            if 0xD800 <= number < 0xDC00 and low is not None:
                self._at = low.end()
                number = 0x10000 + ((number - 0xD800) << 10) + int(low[1], 16) - 0xDC00
        if 0xD800 <= number < 0xE000:
            raise Unsound("names half a character (a lone surrogate)")
        return number

    def _class(self) -> tuple[str, int]:
        self._at += 1
        negated, parts = self._next("^"), []
        while not self._next("]"):
            if self._at >= len(self._text):
                raise Unsound("has a [ without its ]")
            if self._text.startswith(("&&", "[:", "--", "~~"), self._at) and self._text[self._at : self._at + 3] != "--]":
                raise Unsound("has in a [ ] what only other languages read as more than characters: escape it with \\")
            parts.append(self._range())
        inner = "".join(parts)
        if not inner:
            return (_ALL, _WIDE) if negated else (_NOTHING, 1)
        return f"[{'^' if negated else ''}{inner}]", max(_WIDE * negated, _weight(inner))

    def _range(self) -> str:
        first = self._member()
        dash = self._text.startswith("-", self._at) and self._text[self._at + 1 : self._at + 2] not in ("]", "")
        if not dash or isinstance(first, str):
            return first if isinstance(first, str) else _literal(first)
        before = self._at
        self._at += 1
        last = self._member()
        if isinstance(last, str):  # as in [a-\d]: the dash is itself
            self._at = before
            return _literal(first)
        if last < first:
            raise Unsound("has a range in a [ ] that begins after its end")
        return f"{_literal(first)}-{_literal(last)}"

    def _member(self) -> str | int:
        char = self._text[self._at]
        if char == "\\":
            if self._next(r"\b"):
                return 8
            return self._escaped()
        self._at += 1
        return ord(char)


def _literal(number: int) -> str:
    char = chr(number)
    return char if char.isascii() and char.isalnum() else f"\\u{{{number:X}}}"


def _weight(inner: str) -> int:
    """How many states a class comes to."""
    heavy = _PROPERTY * len(re.findall(r"\\[pP]\{[A-Z]", inner, re.IGNORECASE))
    return heavy + (_WIDE if "[^" in inner or _SPACE in inner or not inner.isascii() else 1)

"""What a page shows of an intent: typed values, made from the payload by us. No HTML, no database.

Whoever decides must see what is there: so nothing is left out without a count, characters that cannot be seen are named,
and a host is shown as the network will read it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

MOST_FIELDS = 60
"""Fields of one object that are shown as such; more are counted, and stand in the raw data."""
MOST_ITEMS = 20
MOST_COLUMNS = 8
DEEPEST = 4
LONG = 400
"""Characters of a text that are shown before a fold."""
FOLD_LINES = 8
FOLD_CHARACTERS = 900

# Invisible or blank although Unicode files them under letters, marks or symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00\ufe01\ufe02\uffa0")
_PLAIN = frozenset("\n\t \u00a0\ufe0f")
_EMOJI_JOINER = "\u200d"
_MOST_MARKS = 3
_CURRENCY = re.compile(r"[A-Z]{3}")
_MONEY = re.compile(
    r"(?:^|_)(amount|total|subtotal|sum|price|cost|fee|budget|refund|balance|value|limit|salary|spend)(?:$|_)"
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAIRS = (("old", "new"), ("before", "after"), ("current", "proposed"))
_WHO = ("customer", "vendor", "supplier", "recipient", "payee", "beneficiary", "employee", "user", "company", "account")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; an `odd` one is the name of something that cannot be seen as it is."""

    text: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One value. `kind` and what `value` then is:

    text, number, amount, date: text · moment: datetime · yes_no: bool · none: nothing · long: (beginning, rest) ·
    link: `Link` · list: facts · group: facts · table: `Table` · change: (fact before, fact after) · raw: JSON text.
    `more` counts what is not among them.
    """

    label: str
    kind: str
    value: Any = None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An address. `host` is the host as it goes over the network; `odd` when it is written in other letters than a–z."""

    url: str
    host: str
    odd: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Objects of the same shape, each row as facts in the order of `columns`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Fact, ...], ...]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The columns, and whether each holds numbers."""
        numbers = (all(row[at].kind in ("amount", "number") for row in self.rows) for at in range(len(self.columns)))
        return list(zip(self.columns, numbers, strict=True))


@dataclass(frozen=True, slots=True)
class Folded:
    """A text cut after its first lines; `hidden` counts the lines of `rest`."""

    top: str
    rest: str
    hidden: int


def visible(text: str) -> list[Piece]:
    """`text` with everything that cannot be seen named: direction marks, zero-width and other blank characters, more marks
    on a letter than any language has."""
    pieces: list[Piece] = []
    plain: list[str] = []
    marks = 0

    def named(name: str) -> None:
        if plain:
            pieces.append(Piece("".join(plain)))
            plain.clear()
        pieces.append(Piece(name, odd=True))

    for index, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") and character not in _PLAIN else 0
        seen = category[0] in "LMNPS" and character not in _BLANK and marks <= _MOST_MARKS
        if seen or character in _PLAIN or (character == _EMOJI_JOINER and _joins_emoji(text, index)):
            plain.append(character)
        elif marks > _MOST_MARKS:
            if marks == _MOST_MARKS + 1:
                named("more marks")
        else:
            named(f"U+{ord(character):04X}")
    if plain:
        pieces.append(Piece("".join(plain)))
    return _counted(pieces)


def _joins_emoji(text: str, index: int) -> bool:
    """Whether the joiner there makes one picture of two, which it is for."""
    before = text[:index].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:]
    after = text[index + 1 : index + 2]
    return all(one and unicodedata.category(one) == "So" for one in (before, after))


def _counted(pieces: Sequence[Piece]) -> list[Piece]:
    """The same thing many times in a row, told once with its number."""
    told: list[Piece] = []
    times = 1
    for index, piece in enumerate(pieces):
        if piece.odd and index + 1 < len(pieces) and pieces[index + 1] == piece:
            times += 1
            continue
        told.append(Piece(f"{piece.text} ×{times:,}", odd=True) if times > 1 else piece)
        times = 1
    return told


def plain(text: str) -> str:
    """`visible` as one text, for titles and attributes: what cannot be seen stands in ⟨⟩."""
    return "".join(f"⟨{piece.text}⟩" if piece.odd else piece.text for piece in visible(text))


def one_line(text: str, *, most: int = 160) -> str:
    """`plain` on one line, cut with an ellipsis after `most` characters."""
    line = " ".join(plain(text[: most * 8]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


_LINE = "\n"
_EMPTY_LINES = re.compile(r"(?:[ \t\u00a0]*\n){4,}")


def folded(text: str) -> Folded:
    """A text of any length: empty lines in a row are counted, and what is beyond the first lines is a fold."""
    text = text.replace("\r\n", _LINE)
    counted = _EMPTY_LINES.sub(lambda found: f"\n\n⟨{found[0].count(_LINE) - 1:,} empty lines⟩\n\n", text)
    counted = counted.strip("\n")
    lines = counted.split("\n")
    top = "\n".join(lines[:FOLD_LINES])
    if len(top) > FOLD_CHARACTERS:
        end = top.rfind(" ", FOLD_CHARACTERS // 2, FOLD_CHARACTERS)
        top = top[: end if end > 0 else FOLD_CHARACTERS]
    rest = counted[len(top) :].lstrip("\n")
    return Folded(top, rest, rest.count("\n") + 1 if rest else 0)


def link(url: str) -> Link | None:
    """An http address as a link, None for anything else, `javascript:` above all."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or any(ord(one) <= 32 for one in url.strip()):
        return None
    if host.isascii():
        return Link(url.strip(), host, odd="xn--" in host or "@" in parts.netloc)
    try:
        return Link(url.strip(), host.encode("idna").decode("ascii"), odd=True)
    except UnicodeError:
        return None


_ACRONYMS = frozenset("api bic gdpr hr iban id ip it kyc pdf po sku sla sms sql ssl ssn tls url vat vpn".split())  # noqa: SIM905


def label(key: str) -> str:
    """The name of a field in words: `shippingAddress` as "Shipping address", `old_iban` as "Old IBAN"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()
    words = " ".join(word.upper() if word.lower() in _ACRONYMS or word.isupper() else word.lower() for word in spaced)
    short = one_line(words or key or "(no name)", most=80)
    return short[:1].upper() + short[1:]


def facts(payload: Any, schema: Mapping[str, Any] | None = None) -> tuple[list[Fact], int]:
    """The payload's fields in order, and how many more there are than are shown. `schema` may name them with titles."""
    if not isinstance(payload, dict):
        return ([] if payload in (None, {}) else [_fact("Data", payload, {}, 0)]), 0
    titles = {key: str(part["title"]) for key, part in _parts(schema) if isinstance(part, dict) and "title" in part}
    return _facts(payload, titles, 0)


def _parts(schema: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    properties = (schema or {}).get("properties", {})
    return list(properties.items()) if isinstance(properties, dict) else []


def _facts(payload: Mapping[str, Any], titles: Mapping[str, str], depth: int) -> tuple[list[Fact], int]:
    found: list[Fact] = []
    told: set[str] = set()
    for first, second in _PAIRS:
        if isinstance(payload.get(first), dict) and isinstance(payload.get(second), dict):
            found += _changes(payload[first], payload[second], depth)
            told |= {first, second}
    for key, value in payload.items():
        if key in told:
            continue
        if len(found) >= MOST_FIELDS:
            break
        told.add(key)
        pair = _counterpart(key, payload)
        if pair is not None:
            name, *sides = pair
            told |= set(sides)
            old, new = (_fact("", payload[one], payload, depth, key=one) for one in sides)
            found.append(Fact(titles.get(name) or label(name), "change", (old, new)))
            continue
        if key in ("currency", "currency_code") and _priced(payload):
            continue
        found.append(_fact(titles.get(key) or label(key), value, payload, depth, key=key))
    return found, len(payload.keys() - told)


def _counterpart(key: str, payload: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """For `old_iban` or `new_iban` with the other beside it, what changes, from what and to what: ("iban", "old_iban",
    "new_iban"). Keys come sorted, so either may be met first."""
    for first, second in _PAIRS:
        if key in (first, second) and {first, second} <= payload.keys():
            return "change", first, second
        for side in (first, second):
            name = key.removeprefix(f"{side}_")
            if name != key and {f"{first}_{name}", f"{second}_{name}"} <= payload.keys():
                return name, f"{first}_{name}", f"{second}_{name}"
    return None


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], depth: int) -> Iterator[Fact]:
    """What differs between two objects as changes, what does not as it is."""
    for key in dict.fromkeys((*before, *after)):
        old, new = (_fact("", side.get(key), side, depth + 1, key=key) for side in (before, after))
        if before.get(key) != after.get(key):
            yield Fact(label(key), "change", (old, new))
        else:
            yield Fact(label(key), new.kind, new.value, new.more)


def _fact(name: str, value: Any, beside: Mapping[str, Any], depth: int, *, key: str = "") -> Fact:
    match value:
        case None | "" | []:
            return Fact(name, "none")
        case dict() if not value:
            return Fact(name, "none")
        case bool():
            return Fact(name, "yes_no", value)
        case int() | float():
            currency = _currency(key, beside)
            return Fact(name, "amount", money(value, currency)) if currency else Fact(name, "number", number(value))
        case str():
            return _text(name, value)
        case list():
            return _list(name, value, depth)
        case dict():
            return _object(name, value, depth)
    return Fact(name, "text", str(value))


def _text(name: str, value: str) -> Fact:
    if _MOMENT.fullmatch(value):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "moment", parsed) if parsed.tzinfo else Fact(name, "text", value.replace("T", " "))
    if _DATE.fullmatch(value):
        try:
            parsed_date = date.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "date", f"{parsed_date:%a} {parsed_date.day} {parsed_date:%b %Y}")
    if "://" in value and (found := link(value)):
        return Fact(name, "link", found)
    if len(value) > LONG or value.count("\n") > FOLD_LINES:
        cut = folded(value)
        return Fact(name, "long", cut) if cut.rest else Fact(name, "text", cut.top)
    return Fact(name, "text", value)


def _list(name: str, value: list[Any], depth: int) -> Fact:
    shown = value[:MOST_ITEMS]
    more = len(value) - len(shown)
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    if all(isinstance(one, dict) for one in shown):
        columns = tuple(dict.fromkeys(key for one in shown for key in one))
        flat = all(not isinstance(cell, dict | list) for one in shown for cell in one.values())
        if flat and 0 < len(columns) <= MOST_COLUMNS:
            if all(_priced(one) for one in shown):
                columns = tuple(key for key in columns if key != "currency")
            rows = tuple(tuple(_fact("", one.get(key), one, depth + 1, key=key) for key in columns) for one in shown)
            return Fact(name, "table", Table(tuple(label(key) for key in columns), rows), more)
    return Fact(name, "list", tuple(_fact("", one, {}, depth + 1) for one in shown), more)


def _object(name: str, value: dict[str, Any], depth: int) -> Fact:
    keys = set(value)
    for first, second in _PAIRS:
        if keys == {first, second}:
            old, new = value[first], value[second]
            if isinstance(old, dict) and isinstance(new, dict):
                return Fact(name, "group", tuple(_changes(old, new, depth)))
            return Fact(name, "change", (_fact("", old, {}, depth + 1), _fact("", new, {}, depth + 1)))
    if (priced := _price(value)) is not None:
        return Fact(name, "amount", priced)
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    inner, more = _facts(value, {}, depth + 1)
    return Fact(name, "group", tuple(inner), more)


def _price(value: Mapping[str, Any]) -> str | None:
    """The amount that an object of a number and a currency is."""
    number_keys = {"amount", "value"} & set(value)
    if len(value) == 2 and "currency" in value and len(number_keys) == 1:
        (key,) = number_keys
        currency = value["currency"]
        if isinstance(currency, str) and _CURRENCY.fullmatch(currency) and _is_number(value[key]):
            return money(value[key], currency)
    return None


def _currency(key: str, beside: Mapping[str, Any]) -> str | None:
    """The currency of the number under `key`, when its name is that of money and one stands beside it."""
    candidates = [beside.get(f"{key}_currency")]
    if _MONEY.search(key):
        candidates += [beside.get("currency"), beside.get("currency_code")]
    return next((found for found in candidates if isinstance(found, str) and _CURRENCY.fullmatch(found)), None)


def _priced(payload: Mapping[str, Any]) -> bool:
    """Whether the payload's currency is shown with an amount of its own."""
    return any(_is_number(value) and _currency(key, payload) for key, value in payload.items())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: float) -> str:
    """With thousands apart: 1234567.5 as "1,234,567.5"."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10f}".rstrip("0").rstrip(".")


_WHOLE = frozenset({"JPY", "KRW", "CLP", "ISK", "VND", "UGX"})


def money(value: float, currency: str) -> str:
    """ "1,234.50 EUR". More decimals than a currency has are kept: they are what was asked for."""
    if currency in _WHOLE and float(value).is_integer():
        return f"{value:,.0f} {currency}"
    exact = number(value)
    decimals = len(exact.partition(".")[2])
    return f"{value:,.2f} {currency}" if decimals <= 2 else f"{exact} {currency}"


def amounts(payload: Any) -> list[str]:
    """The amounts of money at the top of a payload, the order kept."""
    if not isinstance(payload, dict):
        return []
    found = []
    for key, value in payload.items():
        if isinstance(value, dict) and (priced := _price(value)):
            found.append(priced)
        elif _is_number(value) and (currency := _currency(key, payload)):
            found.append(money(value, currency))
    return found


def headline(intent_type: str, payload: Any, *, title: str) -> str:
    """What a row says: the agent's `title`, or a line of ours where it gave none or names other amounts than the payload."""
    return one_line(title) if title and not contradicted(title, payload) else subject(intent_type, payload)


def subject(intent_type: str, payload: Any) -> str:
    """What the intent is about in one line of ours: "Billing refund: 129.00 EUR, ACME". Only the type where the payload has
    neither an amount nor somebody it concerns."""
    parts = [part for part in intent_type.split(".") if not re.fullmatch(r"v\d+", part)]
    about = label("_".join(parts[-2:]))
    named = payload if isinstance(payload, dict) else {}
    who = next((value for key in _WHO for value in (_name(named.get(key)),) if value), "")
    told = [*amounts(payload)[:1], *([one_line(who, most=60)] if who else [])]
    return f"{about}: {', '.join(told)}" if told else about


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or value.get("email")
    return value if isinstance(value, str) else ""


_SAID = re.compile(r"(?<![\w.])(\d[\d,. ]*\d|\d)\s?(?:[A-Z]{3}|€|\$|£)|(?:€|\$|£)\s?(\d[\d,.]*\d|\d)")


def contradicted(said: str, payload: Any) -> list[str]:
    """Amounts of money in the agent's words that are none of the payload's own, when that has any."""
    own = {_digits(one) for one in amounts(payload)}
    if not own:
        return []
    found = [match[0].strip() for match in _SAID.finditer(said)]
    return [one for one in dict.fromkeys(found) if _digits(one) not in own]


def _digits(text: str) -> str:
    """The number in a text of money in one spelling: "1,234.50 EUR" and "1.234,5 €" as "1234.5"."""
    figures = re.sub(r"[^\d.,]", "", text)
    head, mark, tail = figures.rpartition("." if figures.rfind(".") > figures.rfind(",") else ",")
    if mark and len(tail) == 3 and "." not in head.replace(mark, "") and "," not in head.replace(mark, ""):
        head, tail = head + tail, ""
    whole = re.sub(r"\D", "", head if mark else figures).lstrip("0") or "0"
    fraction = tail.rstrip("0") if mark else ""
    return f"{whole}.{fraction}" if fraction else whole

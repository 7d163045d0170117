"""What a page shows of an intent: typed values, made from the payload by us. No HTML, no database.

Whoever decides must see what is there: so nothing is left out without a count, characters that cannot be seen are named,
and a host is shown as the network will read it.
"""

from inbox.present.facts import Fact, Table, facts
from inbox.present.headlines import headline, subject
from inbox.present.money import amounts, contradicted
from inbox.present.text import Folded, Link, Piece, folded, label, link, one_line, plain, visible

__all__ = [
    "Fact",
    "Folded",
    "Link",
    "Piece",
    "Table",
    "amounts",
    "contradicted",
    "facts",
    "folded",
    "headline",
    "label",
    "link",
    "one_line",
    "plain",
    "subject",
    "visible",
]

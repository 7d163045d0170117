"""What a page shows of an intent: typed values, made from the payload by us. No HTML, no database.

Whoever decides must see what is there: so nothing is left out without a count, characters that cannot be seen are named,
and a host is shown as the network will read it.
"""

from inbox.present.changes import Change, Word
from inbox.present.facts import Fact, facts
from inbox.present.headlines import headline, kind, main_amount, subject, summary
from inbox.present.labels import label
from inbox.present.links import Link, link
from inbox.present.money import amounts, found
from inbox.present.said import contradicted, misnamed, said
from inbox.present.tables import Check, Table, checks
from inbox.present.text import MOST_BLANKS, MOST_INDENT, Folded, Piece, folded, one_line, plain, visible

__all__ = [
    "MOST_BLANKS",
    "MOST_INDENT",
    "Change",
    "Check",
    "Fact",
    "Folded",
    "Link",
    "Piece",
    "Table",
    "Word",
    "amounts",
    "checks",
    "contradicted",
    "facts",
    "folded",
    "found",
    "headline",
    "kind",
    "label",
    "link",
    "main_amount",
    "misnamed",
    "one_line",
    "plain",
    "said",
    "subject",
    "summary",
    "visible",
]

"""What a page shows of an intent: typed values, made from the payload by us. No HTML, no database.

Whoever decides must see what is there: so nothing is left out without a count, characters that cannot be seen are named,
and a host is shown as the network will read it.
"""

from inbox.presentation.changes import Change, Word
from inbox.presentation.facts import Fact, facts
from inbox.presentation.headlines import headline, kind, main_amount, outdone, subject, summary
from inbox.presentation.labels import label
from inbox.presentation.links import Link, link
from inbox.presentation.money import amounts, found
from inbox.presentation.said import contradicted, misnamed, said
from inbox.presentation.tables import Check, Table, checks
from inbox.presentation.text import MOST_BLANKS, MOST_INDENT, Folded, Piece, folded, one_line, plain, visible

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
    "outdone",
    "plain",
    "said",
    "subject",
    "summary",
    "visible",
]

"""What a page shows of an intent: typed values, made from the payload by us. No HTML, no database.

Whoever decides must see what is there: so nothing is left out without a count, characters that cannot be seen are named,
and a host is shown as the network will read it.
"""

from inbox.presentation.changes import Change, Word
from inbox.presentation.code import Code
from inbox.presentation.essence import unnamed, without_ids
from inbox.presentation.facts import change, facts, whole_table
from inbox.presentation.headlines import column, counterpart, headline, kind, main_amount, outdone, subject, summary
from inbox.presentation.labels import label
from inbox.presentation.links import Link, link
from inbox.presentation.money import amounts, found, money
from inbox.presentation.money import money as amount_words
from inbox.presentation.said import contradicted, misnamed, said
from inbox.presentation.sheets import sheet
from inbox.presentation.summaries import Summary, missed, pointed
from inbox.presentation.tables import Check, Table, checks
from inbox.presentation.text import (
    MOST_BLANKS,
    MOST_INDENT,
    Folded,
    Piece,
    called,
    capitalised,
    folded,
    one_line,
    plain,
    visible,
)
from inbox.presentation.values import Fact

__all__ = [
    "MOST_BLANKS",
    "MOST_INDENT",
    "Change",
    "Check",
    "Code",
    "Fact",
    "Folded",
    "Link",
    "Piece",
    "Summary",
    "Table",
    "Word",
    "amount_words",
    "amounts",
    "called",
    "capitalised",
    "change",
    "checks",
    "column",
    "contradicted",
    "counterpart",
    "facts",
    "folded",
    "found",
    "headline",
    "kind",
    "label",
    "link",
    "main_amount",
    "misnamed",
    "missed",
    "money",
    "one_line",
    "outdone",
    "plain",
    "pointed",
    "said",
    "sheet",
    "subject",
    "summary",
    "unnamed",
    "visible",
    "whole_table",
    "without_ids",
]

"""A task's form on a page: the fields of its JSON Schema, what a browser sends back as data, and where what is wrong with it
is said.

Nothing is judged here that `inbox.forms.data` can judge: it reads the data by the schema, for every surface alike.
"""

from inbox.forms.field import PREFIX, Choice, Field
from inbox.forms.fields import fields
from inbox.forms.own import own, own_field
from inbox.forms.placing import first_wrong, place, sentences
from inbox.forms.reading import read, untouched

__all__ = [
    "PREFIX",
    "Choice",
    "Field",
    "fields",
    "first_wrong",
    "own",
    "own_field",
    "place",
    "read",
    "sentences",
    "untouched",
]

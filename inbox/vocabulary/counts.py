"""Numbers in sentences."""

from django.utils.formats import number_format


def grouped(count: int) -> str:
    """A count with its thousands apart, as the language has it: 12,400 or 12.400."""
    return str(number_format(count, force_grouping=True))

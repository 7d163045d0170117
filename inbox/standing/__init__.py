"""Standing grants: decisions that a person makes in advance, within limits, until a day."""

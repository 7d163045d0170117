"""The auditor: the invariants of the stored rows, asked again and again in production, and what it found."""

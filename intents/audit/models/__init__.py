"""The tables of this room."""

from intents.audit.models.finding import AuditFinding, AuditProgress

__all__ = ["AuditFinding", "AuditProgress"]

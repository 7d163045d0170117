"""The tables of this room."""

from intents.audit.models.finding import AuditFinding, AuditProgress
from intents.audit.models.size import TableSize
from intents.audit.models.tree import AuditCheckpoint, AuditLeaf, AuditTile, AuditTree

__all__ = ["AuditCheckpoint", "AuditFinding", "AuditLeaf", "AuditProgress", "AuditTile", "AuditTree", "TableSize"]

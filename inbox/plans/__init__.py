"""What happens while nobody decides, as pure data: the language of escalation, and the plan made of it."""

"""What must hold of budgets, beside constraints."""

NAMED = "what is set aside was within the budget when its intent was admitted"
WITHIN = "SELECT intent_id FROM intents_meshreservation WHERE taken > budget OR amount <= 0"

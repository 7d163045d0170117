"""Human tasks: opening, assigning, claiming, deciding, holding, delegating, snoozing, talking; and their lists."""

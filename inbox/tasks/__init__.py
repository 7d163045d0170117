"""Human tasks: opening, assigning, claiming, deciding, holding, delegating, snoozing, commenting; and their lists."""

"""Words that all of the inbox shares, as plain data: kinds of task, states, principals, roles, errors."""

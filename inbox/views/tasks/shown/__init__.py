"""A task as its page shows it, a module a kind of fact: rights, data, answer, around; and the page that they make."""

"""How languages write numbers, where it is not as Django has it."""

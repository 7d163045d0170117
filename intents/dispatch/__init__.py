"""What carries work out: the scheduler that fires what is due, and the bindings by which agents get work."""

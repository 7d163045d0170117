"""Files that agents and people send along: which are taken, and where their bytes lie."""

"""How fast it is, measured over the network as a user would feel it: `python -m bench --help`.

docs/performance.md tells the workloads and the figures.
"""

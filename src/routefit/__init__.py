"""Which serving route to use for every LLM workload, proven from your own traces.

`routefit.open(DIR)` gives the same frozen answers as the command line.
"""

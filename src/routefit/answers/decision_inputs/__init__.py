"""Where the inputs of each kind of decision come from: declarations, cells and traces, with their labels."""

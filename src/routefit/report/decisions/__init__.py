"""Each kind of decision in words."""

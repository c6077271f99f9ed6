"""Whether to act: one calculator for each decision, with its naive answer, its flip points and its uncertainty."""

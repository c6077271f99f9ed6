"""Frozen answers as text and as one self-contained page."""

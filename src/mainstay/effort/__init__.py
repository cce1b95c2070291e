"""Effort: time and money spent on customers, and what it costs."""

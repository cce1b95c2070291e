"""The portfolio: what all customers come to, and what serving them costs."""

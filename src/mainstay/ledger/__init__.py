"""Documents, their lines, receipts, and the batches that brought them in."""

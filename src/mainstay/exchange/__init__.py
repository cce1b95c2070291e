"""Files in: upload, preview, apply. The same reader as the command line."""

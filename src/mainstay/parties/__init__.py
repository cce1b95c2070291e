"""Who the company deals with."""

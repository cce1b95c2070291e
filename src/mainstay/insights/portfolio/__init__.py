"""What the portfolio's pages are told of all customers together, kept with the newest snapshot."""

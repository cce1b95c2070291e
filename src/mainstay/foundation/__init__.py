"""What every room stands on: people, audit, jobs. No business words."""

"""The one bridge to the engine: facts out of the books, dated snapshots of grades in."""

"""People, places and staff, moved year by year."""

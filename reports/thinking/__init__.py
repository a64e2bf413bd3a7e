"""What a report is thought from: people, places and staff of a region, their futures, what would change them, how far to trust it."""

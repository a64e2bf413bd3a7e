"""Every text a person reads, in both languages."""

"""Learning the constants that ship; nothing here is imported when a question is answered."""

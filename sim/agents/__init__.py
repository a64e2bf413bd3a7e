"""One agent for every resident, in a Mesa model."""

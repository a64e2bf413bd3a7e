"""Learning of the constants that ship. Nothing here is imported when forecasts are made."""

"""Reading data folders: every file is checked, and all faults are told at once."""

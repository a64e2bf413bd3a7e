"""Reading data folders: every file is checked, and all faults are told at once."""

from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "data"

"""Nouns of planning: what is published and promised, where, when and by whom."""

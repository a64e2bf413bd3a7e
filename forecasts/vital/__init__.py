"""Drivers of a population: fertility, mortality, migration and birth orders, as outlooks with draws."""

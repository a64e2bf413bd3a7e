"""The cohort component: life tables, fertility, migration, base populations, projection, reconciliation."""

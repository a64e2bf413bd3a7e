"""The planner's page and the notebooks that explore."""

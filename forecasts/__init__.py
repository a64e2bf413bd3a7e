"""Single series over the tree of regions: short, annual, and honest about how wide."""

"""Design spaces: the numbers of a whole grid of configurations at once."""

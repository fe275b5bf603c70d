"""The graph view of a network."""

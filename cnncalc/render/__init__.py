"""From an analysis to what people look at: tables, data files, diagrams."""

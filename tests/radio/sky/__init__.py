"""Positions, cells, regions, names and association, tested."""

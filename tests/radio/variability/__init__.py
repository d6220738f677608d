"""Variability of sources, tested."""

"""The radio collection, tested."""

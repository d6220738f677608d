"""Sources, tested."""

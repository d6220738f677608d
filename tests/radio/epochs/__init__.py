"""What counts as an epoch, tested."""

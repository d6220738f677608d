"""What counts as an epoch: versions, mosaics, grades, and the operator's rule."""

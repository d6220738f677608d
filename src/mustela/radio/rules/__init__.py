"""The operator's rules: bands, what counts as an epoch, grades, what is done with new images."""

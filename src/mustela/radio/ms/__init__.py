"""Measurement Sets and other files of visibilities: the record and its repository."""

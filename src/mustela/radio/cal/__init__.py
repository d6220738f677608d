"""Calibration tables: the record and its repository."""

"""A collection: continuum images, Measurement Sets, calibration tables, sources, light curves."""

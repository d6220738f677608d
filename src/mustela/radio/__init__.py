"""The radio collection: images, Measurement Sets, sources and their light curves."""

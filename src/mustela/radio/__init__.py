"""The collection of radio-sky images, Measurement Sets, sources and light curves."""

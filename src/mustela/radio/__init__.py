"""The radio collection: images, Measurement Sets, sources, light curves, quality."""

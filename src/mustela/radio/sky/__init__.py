"""Where things are on the sky: positions, cells, regions, names, association.

Positions are ICRS, in degrees, unless a name says otherwise. Only `arrays` and `association` need
numpy, scipy and cdshealpix; everything else is plain Python, so that a pipeline that records single
positions needs none of them.
"""

"""Reading Measurement Sets, calibration tables, UVH5 and UVFITS."""

"""What belongs to a Measurement Set: calibration tables, and calibrators in its beam."""

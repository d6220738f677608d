"""Tests of what belongs to a Measurement Set."""

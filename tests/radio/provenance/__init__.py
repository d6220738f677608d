"""Tests of where radio products come from."""

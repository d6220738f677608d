"""Tests of reference catalogues."""

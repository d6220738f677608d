"""Mustela keeps a catalog of a very large directory of recorded media."""

__version__ = "0.1.0"

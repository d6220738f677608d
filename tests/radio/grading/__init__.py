"""Tests of QA grades."""

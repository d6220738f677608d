"""QA: which products are good, from what was measured of them and the operator's limits."""

"""Sources of known properties, from catalogues that the operator loads."""

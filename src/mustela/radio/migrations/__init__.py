"""How the tables of the radio collection came to be."""

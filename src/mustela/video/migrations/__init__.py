"""How the tables of videos came to be."""

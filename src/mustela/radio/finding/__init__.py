"""Radio sources in images: finding them, importing catalogues of them, forced fits at positions."""

"""A third collection: text files, each by its first line."""

"""The revisions of the branch ``lending``."""

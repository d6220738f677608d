"""The revisions of the branch ``store``."""

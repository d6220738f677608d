"""The revisions of the branch ``files``."""

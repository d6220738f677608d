"""The revisions of the branch ``videos``."""

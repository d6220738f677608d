"""The revisions of the branch ``notes``."""

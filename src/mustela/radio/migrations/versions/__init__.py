"""The revisions of the branch ``the radio collection``."""

"""Where products come from, what came of them, and how soon."""

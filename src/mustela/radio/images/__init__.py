"""Images of the radio sky: the record, its repository, and what it can be filtered by."""

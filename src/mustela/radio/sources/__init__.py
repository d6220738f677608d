"""Sources, their measurements and statistics: the records and their repository."""

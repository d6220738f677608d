"""What every collection shares about files. Knows no collection and reads no media."""

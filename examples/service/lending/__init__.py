"""A lending library of musical instruments, on ``mustela.store`` alone."""

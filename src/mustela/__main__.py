"""``python -m mustela``."""

from mustela.cli import main

main()

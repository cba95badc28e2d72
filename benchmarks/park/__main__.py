"""``python -m park CASE.json TOOL OPTIONS.json``: see ``measure.py``."""

import sys

from .measure import main

main(*sys.argv[1:])

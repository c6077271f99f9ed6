"""`python -m routefit` is the command `routefit`."""

import sys

from routefit.cli import main

if __name__ == "__main__":
    sys.exit(main())

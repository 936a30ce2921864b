"""What `./tain` becomes once its environment is there."""

import sys

from libs.client.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

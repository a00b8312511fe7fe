"""Entry point of the plugin: `python provider ENGINE_ADDRESS`, started by the engine's language host."""

import sys

from provider.server import main

if __name__ == "__main__":
    main(sys.argv[1:])

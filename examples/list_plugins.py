"""List the plugins of this machine, or those whose name holds a word: python examples/list_plugins.py [WORD]

The first run looks into every file, each in a process of its own; later runs read a cache.
"""

from __future__ import annotations

import sys

from isobooth.scan import scan


def main(word: str = "") -> None:
    """Print a line for each plugin, and one for each file that could not be described."""
    catalogue = scan()
    for plugin in catalogue.search(name=word):
        channels = f"{plugin.channels('input')} > {plugin.channels('output')}"
        print(f"{plugin.format:8} {channels:>9}  {plugin.name}  ({plugin.vendor})  {plugin.path}#{plugin.id}")
    for problem in catalogue.problems:
        print(f"{problem.path}: {problem.reason}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:2])

"""The command ``isobooth-host``."""

from __future__ import annotations

import os
import sys

from isobooth.protocol.errors import ArgumentError

from . import __version__, exit_codes
from .arguments import USAGE, parse_booth


def _usage(problem: str) -> int:
    print(f"isobooth-host: {problem}\n{USAGE}", file=sys.stderr, end="")
    return exit_codes.USAGE


def _inform(option: str) -> int:
    if option == "--version":
        from isobooth.protocol.messages import PROTOCOL_MAJOR, PROTOCOL_MINOR

        print(f"isobooth-host {__version__} (protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR})")
    elif option == "--formats":
        import json

        from .registry import SUPPORTED

        print(json.dumps(list(SUPPORTED)))
    else:
        print(f"{USAGE}\n{exit_codes.TABLE}")
    return exit_codes.OK


def main() -> int:
    """Run the command line. Returns the exit code, except where a plugin has been in the process: then it ends here."""
    arguments = sys.argv[1:]
    if not arguments:
        return _usage("what is to be done?")
    if arguments[0] in {"--help", "-h", "--version", "--formats"}:
        return _inform(arguments[0]) if len(arguments) == 1 else _usage(f"{arguments[0]} stands alone")
    try:
        if arguments[0] == "--scan":
            from .scan import parse_scan, run_scan

            return run_scan(parse_scan(arguments[1:]))
        if arguments[0] == "--warm":
            from .warm import parse_warm, serve

            return serve(parse_warm(arguments[1:]))
        if arguments[0] == "--wclap-cache":
            from .formats.wclap.cache_command import parse_cache, run_cache

            return run_cache(parse_cache(arguments[1:]))
        if arguments[0].startswith("-"):
            return _usage(f"there is no option {arguments[0]!r}")
        booth = parse_booth(arguments)
    except ArgumentError as error:
        return _usage(str(error))
    from .booth import end_process, run_booth

    code = run_booth(booth, owner_pid=os.getppid())
    end_process(code)
    return code


if __name__ == "__main__":
    sys.exit(main())

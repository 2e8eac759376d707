"""How ``isobooth-host`` ends."""

from __future__ import annotations

OK = 0
"""Done: shut down by the client, by its end, or by SIGTERM; or the scan was written."""
UNEXPECTED = 1
"""A fault of isobooth itself."""
USAGE = 2
"""The command line makes no sense."""
LOAD_FAILED = 3
"""The plugin could not be loaded; or nothing in the file could be described."""
INCOMPATIBLE = 4
"""The client speaks another major version."""
SEGMENT = 5
"""The shared memory is not there or not ours."""
CHANNEL = 6
"""The control descriptors are not there, or carried no messages."""
SANDBOX = 7
"""The plugin has crashed in its sandbox (WCLAP); the log says of what."""

TABLE = """\
exit codes:
  0  done (shut down by the client, its end, or SIGTERM; the scan was written)
  1  a fault of isobooth itself
  2  the command line makes no sense
  3  the plugin could not be loaded (scan: nothing in the file could be described)
  4  the client speaks another major version
  5  the shared memory is not there or not ours
  6  the control descriptors are not there, or carried no messages
  7  the plugin crashed in its sandbox"""

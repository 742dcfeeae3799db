"""``python -m acctflows`` is the command line."""

from acctflows.cli import main

main()

"""Which esgcheck this is: the one place that says so, for the package, the command and every report."""

VERSION = "0.1.0"

"""The fact base as a workbook: what a person fills in, and what comes of it. Nothing here judges."""

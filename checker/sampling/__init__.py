"""A sample of a surveyed population, for inspection: weighed by risk, drawn with exact probabilities, read again, estimated from."""

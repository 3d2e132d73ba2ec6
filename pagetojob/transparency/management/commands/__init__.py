"""Commands of the public log and its witnesses."""

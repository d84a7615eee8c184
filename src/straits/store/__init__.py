"""Where tables live: canonical schemas, versions, engines."""

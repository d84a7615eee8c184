"""How data come in: one module and one metadata file a source."""

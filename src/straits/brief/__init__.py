"""How it is told: documents, charts, renderers, the terminal."""

"""The SQL engines: DuckDB by default, Apache Spark for a cluster; each one's quirks stay in its own file."""

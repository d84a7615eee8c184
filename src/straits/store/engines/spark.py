"""Apache Spark: the same SQL on a cluster.  DuckDB's dialect is translated by SQLGlot; values stay bound.

SQLGlot knows both dialects; :func:`translate` adds the few differences of meaning that it leaves (what a division
is, which rows ``max_by`` looks at, which integers are long).  The driver runs here and reads the store's catalogue;
the executors read the Parquet files, which they must see under the same path or under ``STRAITS_SPARK_STORE``.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from straits.store.schemas import TABLES
from straits.vocabulary.errors import StraitsError

_log = logging.getLogger(__name__)

JAVA = "a Java runtime, version 17 or newer (found by JAVA_HOME, or on the PATH)"
INSTALL = f"pip install 'straits[spark]', and install {JAVA}"
# What a number means must not hang on the cluster's own settings.
_FIXED = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}
_DEFAULTS = {
    "spark.app.name": "straits",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
}
# On one machine: no need of its name in the network; few partitions, since a small task costs more than its rows.
_DEFAULTS_OF_ONE_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
_SECONDS_TO_END = 30
_UNREADABLE = ("PATH_NOT_FOUND", "FAILED_READ_FILE", "CANNOT_READ_FILE_FOOTER", "CONVERT_PARQUET")
_LOST = ("Py4JNetworkError", "stopped SparkContext", "SparkContext was shut down")


class SparkEngine:
    """One Spark session; tables of the store are temporary views on their files.

    ``master`` is Spark's master URL (default: ``STRAITS_SPARK_MASTER``, else ``local[*]``); ``settings`` are
    ``spark.*`` settings (default: ``STRAITS_SPARK_CONF``); ``store`` is the home folder as the executors see it, a
    path or a URI (default: ``STRAITS_SPARK_STORE``, else the folder as it is here).  A Spark that already runs in
    this process, in a notebook for instance, is joined as it is, and left running by :meth:`close`.
    """

    name = "spark"

    def __init__(
        self, master: str | None = None, settings: Mapping[str, str] | None = None, store: str | None = None
    ) -> None:
        self._store = store or os.environ.get("STRAITS_SPARK_STORE")
        chosen = parse_settings(os.environ.get("STRAITS_SPARK_CONF", "")) if settings is None else dict(settings)
        self._spark: Spark | None = None
        if (context := _running()) is None:
            self._spark = Spark(_configuration(master or os.environ.get("STRAITS_SPARK_MASTER"), chosen))
            self._session = self._spark.session
        else:
            with _plain_errors():
                self._session = _session(context)
        self._views: dict[str, tuple[str, ...]] = {}

    def run(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        files: Mapping[str, Sequence[Path | str]],
        tables: Mapping[str, Any],
    ) -> Any:
        """Run one SELECT; ``files`` are the canonical tables' Parquet files, ``tables`` small Arrow tables.

        Returns a ``pyarrow.Table`` with the column types that DuckDB gives.  A file that is gone or damaged is a
        :class:`StraitsError`.
        """
        text = translate(sql)
        _log.debug("%s\n%s", text, dict(parameters))
        with _plain_errors():
            for name, paths in files.items():
                self._view(name, tuple(located(path, self._store) for path in paths))
            try:
                for name, table in tables.items():
                    self._session.createDataFrame(table).createOrReplaceTempView(name)
                return _nullable(self._session.sql(text, args=dict(parameters)).toArrow())
            finally:
                for name in tables:
                    self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """Stop Spark and its Java process if this engine started them; drop the views if not."""
        if self._spark is not None:
            self._spark.stop()
        else:
            for name in self._views:
                self._session.catalog.dropTempView(name)
        self._spark, self._views = None, {}

    def _view(self, name: str, paths: tuple[str, ...]) -> None:
        if self._views.get(name) == paths:
            return
        reader = self._session.read
        if name in TABLES:
            reader = reader.schema(_columns(TABLES[name]))
        reader.parquet(*paths).createOrReplaceTempView(name)
        self._views[name] = paths


def located(path: Path | str, store: str | None = None) -> str:
    """A file as the executors see it; a URI stays as it is.

    ``store`` is what the home folder is called there.

    >>> located(Path("/data/straits/versions/c0ffee/trade/2023.parquet"), "s3a://bucket/straits")
    's3a://bucket/straits/versions/c0ffee/trade/2023.parquet'
    """
    text = path if isinstance(path, str) and "://" in path else Path(path).absolute().as_posix()
    if store and "/versions/" in text:
        text = f"{store.rstrip('/')}/versions/{text.rpartition('/versions/')[2]}"
    whole = text if "://" in text else f"file://{text}"
    return re.sub(r"([][{}*?\\])", r"\\\1", whole)  # a folder's name is no pattern


def parse_settings(text: str) -> dict[str, str]:
    """``key=value`` pairs separated by ``;`` (values may hold commas and ``=``).

    >>> parse_settings("spark.executor.memory=4g; spark.executor.cores=2")
    {'spark.executor.memory': '4g', 'spark.executor.cores': '2'}
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip().startswith("spark."):
            raise StraitsError(f"STRAITS_SPARK_CONF: '{part}' is not spark.something=value; separate several with ;")
        found[key.strip()] = value.strip()
    return found


def _configuration(master: str | None, chosen: Mapping[str, str]) -> dict[str, str]:
    """Spark's settings: what the user chose, over our defaults; under spark-submit the rest is chosen already."""
    named = {"spark.master": master} if master else {}
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return {**named, **chosen}
    whole = {**_DEFAULTS, "spark.master": "local[*]", **named, **chosen}
    return {**_DEFAULTS_OF_ONE_MACHINE, **whole} if whole["spark.master"].startswith("local") else whole


def _columns(schema: Any) -> str:
    kinds = {"date32[day]": "date", "int64": "bigint", "string": "string", "double": "double"}
    return ", ".join(f"`{field.name}` {kinds[str(field.type)]}" for field in schema)


def _nullable(table: Any) -> Any:
    """The table with every column nullable and no metadata, as DuckDB returns it."""
    import pyarrow as pa

    return table.cast(pa.schema([pa.field(field.name, field.type) for field in table.schema]))


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn a missing or damaged file, and the loss of Spark itself, into one plain sentence."""
    try:
        yield
    except Exception as error:
        ours = type(error).__module__.startswith(("pyspark", "py4j"))
        if ours and (line := _line_with(str(error), _UNREADABLE)):
            raise StraitsError(f"the store's tables cannot be read: {line}; try: straits data check") from error
        if isinstance(error, ConnectionError) or (ours and _line_with(f"{type(error)} {error}", _LOST)):
            raise StraitsError("Spark ended in the middle of the work: start again") from error
        raise


def _line_with(text: str, words: Sequence[str]) -> str | None:
    return next((line.strip() for line in text.splitlines() if any(word in line for word in words)), None)


# -- Spark itself --------------------------------------------------------------------------------------------


def _running() -> Any:
    """The Spark that this process already runs, if any."""
    try:
        import sqlglot  # noqa: F401
        from pyspark import SparkContext
    except ImportError as error:
        raise StraitsError(f"the engine 'spark' is not installed ({error}): {INSTALL}") from error
    # Spark writes whole errors as JSON to the terminal, and warns of pandas, which is not used here.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    return SparkContext._active_spark_context


def _session(context: Any) -> Any:
    """A session of a running Spark with views and settings of its own."""
    from pyspark.sql import SparkSession

    session = SparkSession(context).newSession()
    for key, value in _FIXED.items():
        session.conf.set(key, value)
    return session


class Spark:
    """A Spark that is started here, with its Java process, which writes to a file and not to the terminal."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115 (lives as long as the process)
        self._gateway: Any = None
        try:
            self._start(settings)
        except BaseException as error:
            reason = self._reason(error)
            self.stop()
            if not isinstance(error, Exception):
                raise
            where = settings.get("spark.master", "its master")
            raise StraitsError(f"Spark does not start on {where}: {reason}") from error

    def _start(self, settings: Mapping[str, str]) -> None:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway

        configuration = SparkConf(loadDefaults=False)
        for key, value in settings.items():
            configuration.set(key, value)
        if SparkContext._gateway is None:
            self._gateway = launch_gateway(configuration, {"stdout": self._output, "stderr": self._output})
        self.session = _session(SparkContext(conf=configuration, gateway=self._gateway))

    def stop(self) -> None:
        """Stop Spark and wait until its Java process has ended."""
        from pyspark import SparkContext

        java = self._gateway.proc if self._gateway is not None else None
        if (context := SparkContext._active_spark_context) is not None:
            if java is not None and java.poll() is not None:
                context._jsc = None  # killed: there is nobody left to tell
            context.stop()
        if self._gateway is not None:
            self._gateway.shutdown()
            SparkContext._gateway = SparkContext._jvm = None
        if java is not None:
            _end(java)
        self._output.close()

    def _reason(self, error: BaseException) -> str:
        """The sentence of Java's output, or of the error, that says most."""
        self._output.seek(0)
        said = self._output.read().decode(errors="replace")
        home = os.environ.get("JAVA_HOME")
        if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
            return f"there is no Java{f' in JAVA_HOME ({home})' if home else ''}; install {JAVA}"
        if "UnsupportedClassVersionError" in said:
            return f"its Java is too old; install {JAVA}"
        lines = [line.strip() for line in [*said.splitlines(), *str(error).splitlines()] if line.strip()]
        told = (re.search(r"(?:\bERROR \w+|Error|Exception): (?!Error initializing)(.+)", line) for line in lines)
        return next((match[1] for match in told if match), lines[-1])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# -- translation ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def translate(sql: str) -> str:
    """DuckDB SQL as Spark SQL with the same meaning; parameters stay parameters (``$name`` becomes ``:name``).

    >>> translate("select imports_kg / 1000.0 as tonnes from trade where product = $product")
    'SELECT CAST(imports_kg AS DOUBLE) / 1000.0 AS tonnes FROM trade WHERE product = :product'
    """
    import sqlglot
    from sqlglot.errors import ErrorLevel

    tree = sqlglot.parse_one(sql, read="duckdb")
    for node in reversed(list(tree.walk(bfs=False))):  # the innermost first
        if node is not tree and (other := _same_meaning(node)) is not node:
            node.replace(other)
    return str(tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE))


def _same_meaning(node: Any) -> Any:
    """A node of the tree, rewritten where Spark's construct of the same name means something else."""
    from sqlglot import exp

    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build("decimal(38, 0)")
    if isinstance(node, exp.Div):
        return _division(node)
    if isinstance(node, exp.ArgMax | exp.ArgMin):
        return _known_only(node)
    if _is_long(node):
        return exp.cast(node.copy(), "bigint")
    return node


def _division(node: Any) -> Any:
    """``/`` divides doubles, and by zero gives infinity (0 / 0: not a number); Spark would round, or stop.

    >>> print(translate("select a / b from t"))
    SELECT CASE WHEN b = 0 THEN CAST(a AS DOUBLE) * CAST('Infinity' AS DOUBLE) ELSE CAST(a AS DOUBLE) / b END FROM t
    """
    from sqlglot import exp

    above, below = node.this.copy(), node.expression.copy()
    double = exp.cast(above.unnest(), "double")
    plain = exp.Div(this=double, expression=below, typed=False, safe=False)
    if isinstance(below, exp.Nullif) or (isinstance(below, exp.Literal) and float(below.this)):
        return plain
    infinite = exp.Mul(this=double.copy(), expression=exp.cast(exp.Literal.string("Infinity"), "double"))
    return exp.case().when(below.copy().eq(0), infinite).else_(plain)


def _known_only(node: Any) -> Any:
    """``max_by(x, y)`` looks only at rows where ``x`` is known; Spark's may answer null."""
    from sqlglot import exp

    known = node.this.copy().is_(exp.null()).not_()
    if isinstance(node.parent, exp.Filter):
        condition = node.parent.args["expression"]
        condition.set("this", exp.and_(condition.this, known))
        return node
    return exp.Filter(this=node.copy(), expression=exp.Where(this=known))


def _is_long(node: Any) -> bool:
    """Whether DuckDB gives a BIGINT where Spark gives an INT: parts of dates, lengths, ranks."""
    from sqlglot import exp

    if isinstance(node, exp.Window):
        return isinstance(node.this, exp.RowNumber | exp.Rank | exp.DenseRank | exp.Ntile)
    return isinstance(node, exp.Year | exp.Quarter | exp.Month | exp.Day | exp.Extract | exp.Length)

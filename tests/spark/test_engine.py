"""Spark as a part of the machine: a cluster of two workers, quiet, joined or started, stopped, and plain when it fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark.processes import MASTER, SETTINGS, below, still_running
from straits.store.engines.spark import SparkEngine, located, parse_settings
from straits.store.schemas import TABLES
from straits.vocabulary.errors import StraitsError

COUNT = "select count(*) as n, min(product) as first from products"


def products(path: Path, codes: list[str]) -> Path:
    """A file of the canonical table of products."""
    rows = [{"nomenclature": "HS1992", "product": code, "description": f"product {code}"} for code in codes]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=TABLES["products"]), path)
    return path


@pytest.fixture
def joined(cluster):
    """A second engine in the process that runs the cluster."""
    engine = SparkEngine()
    yield engine
    engine.close()


@pytest.mark.spark
def test_the_work_is_done_by_two_executors_in_processes_of_their_own(cluster):
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    assert context.master == MASTER
    cluster._session.range(0, 1600, 1, 16).count()  # sixteen tasks
    listed = context._jsc.sc().statusStore().executorList(True)
    tasks = {listed.apply(i).id(): listed.apply(i).totalTasks() for i in range(listed.size())}
    workers = {name: done for name, done in tasks.items() if name != "driver"}
    assert tasks.get("driver", 0) == 0
    assert len(workers) == 2
    assert all(done > 0 for done in workers.values()), tasks
    commands = below(SparkContext._gateway.proc.pid).values()
    assert sum("CoarseGrainedExecutorBackend" in command for command in commands) == 2


@pytest.mark.spark
def test_the_clusters_own_settings_do_not_change_what_a_number_means(cluster):
    assert cluster.run("select current_timezone() as zone", {}, {}, {})["zone"].to_pylist() == ["UTC"]
    large = pa.table({"usd": pa.array([2**63 - 1, 1], pa.int64())})
    with pytest.raises(Exception, match="OVERFLOW"):
        cluster.run("select sum(usd) as usd from large", {}, {}, {"large": large})


@pytest.mark.spark
def test_a_second_engine_joins_the_running_spark_and_leaves_it_running(cluster, tmp_path):
    files = {"products": [products(tmp_path / "a.parquet", ["250410"])]}
    second = SparkEngine()
    second.run(COUNT, {}, files, {})
    second.close()
    assert cluster.run("select 1 as one", {}, {}, {}).to_pylist() == [{"one": 1}]


@pytest.mark.spark
def test_engines_do_not_see_each_others_tables(joined, cluster, tmp_path):
    one = {"products": [products(tmp_path / "a.parquet", ["250410"])]}
    two = {"products": [products(tmp_path / "b.parquet", ["280530", "811292"])]}
    assert joined.run(COUNT, {}, one, {})["n"].to_pylist() == [1]
    assert cluster.run(COUNT, {}, two, {})["n"].to_pylist() == [2]
    assert joined.run(COUNT, {}, one, {})["first"].to_pylist() == ["250410"]


@pytest.mark.spark
def test_a_new_version_of_the_data_replaces_the_old_one(joined, tmp_path):
    for codes in (["250410"], ["250410", "280530"]):
        path = products(tmp_path / f"{len(codes)}.parquet", codes)
        assert joined.run(COUNT, {}, {"products": [path]}, {})["n"].to_pylist() == [len(codes)]


@pytest.mark.spark
def test_folders_with_odd_names_are_read(joined, tmp_path):
    path = products(tmp_path / "Données [2023] {a,b} 100% *?" / "products.parquet", ["250410"])
    assert joined.run(COUNT, {}, {"products": [path]}, {})["n"].to_pylist() == [1]
    assert joined.run(COUNT, {}, {"products": [str(path.parent / "." / path.name)]}, {})["n"].to_pylist() == [1]


@pytest.mark.spark
def test_the_cluster_may_see_the_home_folder_elsewhere(cluster, tmp_path):
    products(tmp_path / "shared" / "versions" / "c0ffee" / "products" / "HS1992.parquet", ["250410"])
    engine = SparkEngine(store=f"file://{tmp_path}/shared")
    here = Path("/no/such/home/versions/c0ffee/products/HS1992.parquet")
    assert engine.run(COUNT, {}, {"products": [here]}, {})["n"].to_pylist() == [1]


@pytest.mark.spark
def test_a_missing_file_is_named_with_what_to_do(joined, tmp_path):
    with pytest.raises(StraitsError, match=r"gone\.parquet.*straits data check"):
        joined.run(COUNT, {}, {"products": [tmp_path / "gone.parquet"]}, {})


@pytest.mark.spark
def test_a_damaged_file_is_named_with_what_to_do(joined, tmp_path):
    path = tmp_path / "torn.parquet"
    path.write_bytes(products(tmp_path / "whole.parquet", ["250410"]).read_bytes()[:-40])
    with pytest.raises(StraitsError, match=r"torn\.parquet.*straits data check"):
        joined.run(COUNT, {}, {"products": [path]}, {})


@pytest.mark.spark
def test_given_tables_are_gone_after_the_query(joined):
    given = {"wanted": pa.table({"product": ["250410"]})}
    joined.run("select * from wanted", {}, {}, given)
    with pytest.raises(Exception, match="wanted"):
        joined.run("select * from wanted", {}, {}, {})


@pytest.mark.spark
def test_java_ends_when_python_ends_without_closing_and_says_nothing(spark_can_run, tmp_path):
    program = (
        "import os, sys, straits.store.engines.spark as s, pyspark\n"
        "engine = s.SparkEngine('local[1]')\n"
        "print(engine.run('select 41 + 1 as x', {}, {}, {}).to_pylist(), pyspark.SparkContext._gateway.proc.pid)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment() | {"STRAITS_SPARK_CONF": SETTINGS},
    )
    answer, _, pid = ran.stdout.strip().rpartition(" ")
    assert answer == "[{'x': 42}]"
    assert ran.stderr == ""
    assert list(tmp_path.iterdir()) == []
    assert not still_running({int(pid)})


@pytest.mark.spark
def test_a_killed_java_is_said_in_one_line_and_the_engine_can_still_be_closed(spark_can_run):
    program = (
        "import pyspark, straits, straits.store.engines.spark as s\n"
        "engine = s.SparkEngine('local[1]')\n"
        "java = pyspark.SparkContext._gateway.proc\n"
        "java.kill(), java.wait()\n"
        "try: engine.run('select 1 as x', {}, {}, {})\n"
        "except straits.StraitsError as error: print(error)\n"
        "engine.close()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment() | {"STRAITS_SPARK_CONF": SETTINGS},
    )
    assert ran.stdout == "Spark ended in the middle of the work: start again\n"


@pytest.mark.spark
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"STRAITS_SPARK_MASTER": "nonsense://here"}, r"Spark does not start on nonsense://here: Master must"),
        (
            {"JAVA_HOME": "/no/java"},
            r"there is no Java in JAVA_HOME \(/no/java\); install a Java runtime, version 17",
        ),
        ({"STRAITS_SPARK_CONF": "memory=4g"}, r"STRAITS_SPARK_CONF: 'memory=4g' is not spark\.something=value"),
    ],
)
def test_what_keeps_spark_from_starting_is_said_in_one_line(spark_can_run, variables, message):
    program = (
        "import straits.store.engines.spark as s, straits\n"
        "try: s.SparkEngine()\n"
        "except straits.StraitsError as error: print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment() | variables
    )
    (line,) = ran.stdout.splitlines()
    assert re.search(message, line), line
    assert ran.stderr == ""


@pytest.mark.spark
def test_a_java_that_is_too_old_is_said(spark_can_run, tmp_path):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho java.lang.UnsupportedClassVersionError: class file version 61.0 >&2\nexit 1\n")
    java.chmod(0o755)
    program = "import straits.store.engines.spark as s; s.SparkEngine()"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment() | {"JAVA_HOME": str(tmp_path)},
    )
    assert "its Java is too old; install a Java runtime, version 17" in ran.stderr


@pytest.mark.parametrize("package", ["pyspark", "sqlglot"])
def test_without_the_extra_the_error_says_what_to_install(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StraitsError, match=rf"{package}.*pip install 'straits\[spark\]'.*Java.*17"):
        SparkEngine()


def environment() -> dict[str, str]:
    """This process's variables without the choices about Spark."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("STRAITS_", "SPARK_", "PYSPARK_"))
    }


def test_a_uri_is_left_as_it_is_and_a_path_becomes_one():
    assert located("s3a://bucket/trade/2023.parquet") == "s3a://bucket/trade/2023.parquet"
    assert (
        located(Path("/data/versions/c0ffee/trade/2023.parquet")) == "file:///data/versions/c0ffee/trade/2023.parquet"
    )
    assert located(Path("/data/versions/c0ffee/trade/2023.parquet"), "/mnt/straits/") == (
        "file:///mnt/straits/versions/c0ffee/trade/2023.parquet"
    )


def test_settings_may_hold_commas_and_equal_signs():
    text = "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.1,a:b:1; spark.executor.extraJavaOptions=-Da=b ;"
    assert parse_settings(text) == {
        "spark.jars.packages": "org.apache.hadoop:hadoop-aws:3.4.1,a:b:1",
        "spark.executor.extraJavaOptions": "-Da=b",
    }
    assert parse_settings("") == {}

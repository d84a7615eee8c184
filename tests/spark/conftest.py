"""One Spark cluster for all tests of this folder: a master and two workers, each with an executor of its own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `from spark.compare import ...` works

from spark.processes import MASTER, SETTINGS, below, still_running


@pytest.fixture(scope="session")
def spark_can_run() -> None:
    """Skip where pyspark or Java is not installed."""
    pytest.importorskip("pyspark")
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        pytest.skip("needs Java")


@pytest.fixture(scope="session")
def cluster(spark_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """An engine on a standalone cluster of two workers; its processes have ended when the tests have."""
    from pyspark import SparkContext

    from straits.store.engines.spark import SparkEngine

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(linked_installation(tmp_path_factory.mktemp("spark-home"))))
        patch.setenv("STRAITS_SPARK_MASTER", MASTER)
        patch.setenv("STRAITS_SPARK_CONF", SETTINGS)
        engine = SparkEngine()
        java = SparkContext._gateway.proc.pid
        started = {java, *below(java)}
        yield engine
        engine.close()
    assert not still_running(started), "Spark's processes outlive its engine"


def linked_installation(folder: Path) -> Path:
    """Spark's installation under another name: workers write below it, and it may not be ours to write to."""
    import pyspark

    for part in Path(pyspark.__file__).parent.iterdir():
        if part.name != "work":
            (folder / part.name).symlink_to(part)
    return folder

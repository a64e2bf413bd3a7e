"""Stock, warm and fast: one notebook, the same bytes; the warm kernel by itself; and the same batch on a cluster."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from small_reports import alive, dabiao, make, notebook, outputs, run_file

from reports.batch import fork_server, kernels, runs
from reports.batch.fork_server import Preload
from reports.batch.preload import imported_modules
from reports.batch.scratch import PREFIX
from reports.parameters import ENGINES, TOP, read_run

RICH = [
    "print('one'); print('two', end='')\nimport sys; print('aside', file=sys.stderr)",
    "import warnings; warnings.warn('a warning with a place')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4]); plt.title(region)\nplt.show()",
    "plt.figure(figsize=(1, 1)); plt.plot([0, 1]);",
    "from IPython.display import clear_output, display, HTML\nh = display('first', display_id='d'); h.update('second')",
    "print('gone'); clear_output(); print('kept')",
    "import pandas as pd\npd.DataFrame({'a': [1.5, float('nan')], 'b': ['x', '</script>']})",
    "%matplotlib inline\n1 + 1",
    "await __import__('asyncio').sleep(0)\n'done'",
    "{'b': 1, 'a': [None, True]}",
    "import numpy as np; np.arange(3)",
]


@pytest.fixture(scope="module", autouse=True)
def kernel():
    kernels.install()


def made_by(engine, path, out):
    asked = read_run(path).model_copy(update={"engine": engine, "workers": 1})
    made = runs.plan(asked, out)
    executor = runs.local(made, 1)
    try:
        _, failed = runs.batch(made, executor, lambda outcome: None)
    finally:
        executor.close()
    assert not failed, failed[0].message
    return outputs(out)


def test_all_engines_give_a_rich_notebook_the_same_bytes(tmp_path):
    path = run_file(tmp_path, *RICH, regions=["330304"])
    stock, warm, fast = (made_by(engine, path, tmp_path / engine) for engine in ENGINES)
    text = stock["330304/report.zh.ipynb"].decode("utf-8")
    cells = json.loads(text)["cells"]
    assert text.count('"image/png"') == 2, "figures are there"
    assert "".join(cells[7]["outputs"][0]["text"]) == "kept\n"
    assert warm == stock
    assert fast == stock


def test_all_engines_give_a_real_report_the_same_bytes(tmp_path):
    path = tmp_path / "real.yaml"
    path.write_text(
        'regions: ["330304"]\ndraws: 40\nparameters: {to: 2030}\nformats: [ipynb, html, pdf, xlsx, csv, parquet, json]\n'
    )
    stock, warm, fast = (made_by(engine, path, tmp_path / engine) for engine in ENGINES)
    assert len(stock) == 7
    cells = nbformat.reads(stock["330304/report.zh.ipynb"].decode("utf-8"), 4).cells
    texts = [c.source for c in cells if c.cell_type == "markdown"]
    assert "## 结论" in texts and not any(" · " in words for words in texts), "its texts are in its language"
    assert warm == stock
    assert fast == stock


def test_the_executed_notebook_names_no_place_of_this_machine(tmp_path):
    path = run_file(tmp_path, *RICH, regions=["330304"])
    made = made_by("fast", path, tmp_path / "out")
    text = made["330304/report.zh.ipynb"].decode("utf-8")
    assert str(tmp_path) not in text and str(TOP) not in text and "ipykernel_" not in text


def test_the_server_imports_what_the_notebook_imports_of_ours():
    found = imported_modules(TOP / "notebooks" / "region_report.ipynb")
    assert "reports.sections.summary" in found and all(
        name.split(".")[0] in ("planning", "sim", "forecasts", "dabiao", "reports") for name in found
    )


def test_the_warm_kernel_works_in_papermill_alone(tmp_path):
    notebook(tmp_path / "n.ipynb", "import sys; print('reports.sections.summary' in sys.modules)")
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "-k", kernels.NAME, "n.ipynb", "out.ipynb"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", 4).cells
    assert any("True" in o.get("text", "") for c in cells for o in c.get("outputs", [])), "it had everything imported"


def test_the_warm_kernel_can_be_interrupted_restarted_and_shut_down():
    from jupyter_client import KernelManager

    kernels.announce()
    manager = KernelManager(kernel_name=kernels.NAME)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        waiting = client.execute("import time; print('asleep', flush=True); time.sleep(60)")
        while client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
            pass  # only once the cell itself has spoken does the interrupt meet the cell, not the kernel around it
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == waiting and reply["content"]["ename"] == "KeyboardInterrupt"
        first = manager.provisioner.pid
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert manager.provisioner.pid != first and not alive(first)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not manager.is_alive()


def test_the_fork_servers_socket_is_for_its_owner_alone():
    fork_server.use(Preload())
    paths = {c.laddr for c in fork_server.find().net_connections("unix") if PREFIX in c.laddr}
    assert paths
    for path in map(Path, paths):
        assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0


def test_a_fork_server_that_cannot_preload_is_told_once_with_its_reason(tmp_path):
    server = Preload(arguments={"data": str(tmp_path / "nowhere")})
    with pytest.raises(ConnectionError, match="nowhere"):
        next(runs.Processes(1, server).outcomes([]))


@pytest.fixture(scope="module")
def cluster():
    from dask.distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def test_a_lost_worker_loses_no_report(cluster, tmp_path):
    from reports.batch.cluster import Cluster

    path = run_file(tmp_path, "import time; time.sleep(1.2)")
    executor = Cluster(cluster.scheduler_address)
    victim = next(iter(cluster.workers.values())).pid
    threading.Timer(1.5, lambda: os.kill(victim, 9)).start()
    done, failed = make(path, executor, out=f"file://{tmp_path}/out")
    executor.close()
    assert not failed and len(done) == 5
    assert not alive(victim)
    kept = runs.plan(read_run(path), f"file://{tmp_path}/out").kept
    assert len(kept) == 5, "what was written to the address is found there again"


def test_a_worker_with_other_code_says_so(tmp_path):
    from reports.batch.cluster import on_worker

    path = run_file(tmp_path, regions=["330304"])
    job = runs.plan(read_run(path), tmp_path / "out").jobs[0]
    notebook(tmp_path / "small.ipynb", "'changed meanwhile'")
    said = on_worker(job.as_json())
    assert said["failed"]["kind"] == "other code"
    assert not (tmp_path / "out" / "330304").exists()


def test_the_batch_command_takes_a_cluster(cluster, tmp_path):
    path = run_file(tmp_path, regions=["330304", "230800"])
    said = dabiao("batch", path, "--dask", cluster.scheduler_address)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "small" / "index.html").exists()

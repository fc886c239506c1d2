"""Two nodes as processes on this machine."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
BATCH = Path(__file__).resolve().parents[2]
# Ray takes a third of the machine's memory unless it is told; these workers are small.
STORE_BYTES = 150 * 2**20


@pytest.fixture(scope='session')
def cluster():
    """Two nodes of three cores by name: Ray's writers take one, so that both draw. The second may be killed by a test."""
    pytest.importorskip('ray')
    os.environ['PYTHONPATH'] = os.pathsep.join([str(BATCH), os.environ.get('PYTHONPATH', '')])
    from ray.cluster_utils import Cluster
    started = Cluster(initialize_head=True, head_node_args={'num_cpus': 3, 'object_store_memory': STORE_BYTES, 'include_dashboard': False})
    started.add_node(num_cpus=3, object_store_memory=STORE_BYTES)
    yield started
    started.shutdown()

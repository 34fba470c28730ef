"""The core of docker/compose.yaml with real programs: init scripts, listeners, the relay's confinement, health checks."""
import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


@pytest.mark.parametrize('form', ['plain', 'tls'])
def test_core_runs_as_its_containers_would(form):
    pg_config, relay = os.environ.get('PG_CONFIG'), os.path.join(ROOT, os.environ.get('PENSTOCK', ''))
    if not pg_config or not os.path.isfile(relay):
        pytest.skip('no server (PG_CONFIG) or no relay (make)')
    if os.geteuid() or not shutil.which('unshare') or subprocess.run(['unshare', '-n', '-m', 'true'], capture_output=True).returncode:
        pytest.skip('networks and mounts of its own want root and unshare')
    done = subprocess.run(['unshare', '-n', '-m', sys.executable, os.path.join(HERE, 'core_scene.py'), form, pg_config, os.environ['KAFKA_LIB'], relay,
                           os.path.join(os.environ['COMPOSE_HOME'], 'docker-compose'), os.environ['MONITORING_HOME']], capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr

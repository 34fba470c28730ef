"""docker/ as its own tools and as tests/compose/checks.py see it; and that each of the checks can fail."""
import json
import os
import re
import shutil
import subprocess

import pytest

from compose import checks
from compose.description import FILES, Description, Refused, combinations

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOME = os.environ.get('COMPOSE_HOME', '')
READ = ('docker', 'demo', 'monitoring', 'pipeline', 'spark', 'plugin', 'wire', 'relay', 'scripts', 'tools', 'docs', 'Makefile', 'CMakeLists.txt',
        'penstock.control', '.dockerignore')


def tool(name):
    path = os.path.join(HOME, name)
    if not os.access(path, os.X_OK):
        pytest.skip('no %s: scripts/setup.sh compose' % name)
    return path


@pytest.fixture(scope='module')
def here():
    return Description(ROOT, tool('docker-compose'))


@pytest.mark.parametrize('files', FILES, ids=' '.join)
def test_docker_compose_takes_every_combination_of_profiles(here, files):
    for profiles in combinations():
        here.compose(files, profiles, '-q')


def test_hadolint_has_nothing_against_any_dockerfile(here):
    assert len(here.dockerfiles()) >= 5
    done = subprocess.run([tool('hadolint'), *(here.path(name) for name in here.dockerfiles())], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('check', checks.ALL, ids=lambda check: check.__name__)
def test_holds(here, check):
    assert '\n'.join(check(here)) == ''


# (check, file, what is replaced, by what, the complaint): one breach each.
BREACHES = [
    (checks.mounted_files_exist, 'docker/compose.yaml', '../demo/schema.sql', '../demo/schema_.sql', 'postgres mounts demo/schema_.sql'),
    (checks.mounted_files_exist, 'docker/compose.yaml', 'connector.json:ro', 'connector.json:rw', 'relay may write'),
    (checks.mounted_files_exist, 'docker/compose.yaml', 'docker/relay/Dockerfile', 'docker/relays/Dockerfile', 'relay is built from'),
    (checks.copied_files_exist, 'docker/relay/Dockerfile', 'COPY wire wire', 'COPY wires wires', 'copies wires, which is not there'),
    (checks.copied_files_exist, '.dockerignore', '!wire\n', '', 'copies wire, which .dockerignore keeps out'),
    (checks.copied_files_exist, 'docker/relay/Dockerfile', 'COPY wire wire', 'ADD wire wire', 'ADD'),
    (checks.run_steps_are_scripts_of_the_tree, 'docker/relay/Dockerfile', 'RUN scripts/setup.sh relay', 'RUN apt-get install -y cmake', 'apt-get'),
    (checks.run_steps_are_scripts_of_the_tree, 'docker/relay/Dockerfile', 'setup.sh relay', 'setup.sh relays', 'no group relays'),
    (checks.ports_are_loopback_and_unique, 'docker/compose.yaml', '"127.0.0.1:${RELAY_PORT}:8083"', '"${RELAY_PORT}:8083"', 'all addresses'),
    (checks.ports_are_loopback_and_unique, 'docker/.env', 'SLACK_PORT=8065', 'SLACK_PORT=8083', 'publishes 8083, as does'),
    (checks.ports_are_loopback_and_unique, 'docker/compose.yaml', '127.0.0.1:${RELAY_PORT}:8083', '127.0.0.1:8083:8083', 'does not come from'),
    (checks.secrets_are_files_that_somebody_makes, 'scripts/compose.sh', 'grafana_password', 'graphana_password', 'does not make it'),
    (checks.secrets_are_files_that_somebody_makes, 'docs/production.md', 'slack_ops', 'slack', 'does not name it'),
    (checks.secrets_are_files_that_somebody_makes, 'docker/compose.yaml', '    secrets: [slack_shop]\n', '', 'nobody is given it'),
    (checks.secrets_are_files_that_somebody_makes, 'docker/compose.yaml', 'PASSWORD_FILE: /run/secrets/postgres_superuser_password\n      POSTGRES_DB',
     'PASSWORD: hunter2\n      POSTGRES_DB', 'a secret in its environment'),
    (checks.versions_stand_in_one_place, 'docker/compose.yaml', '${PROMETHEUS_VERSION}', 'v2.42.0', 'does not come from docker/.env'),
    (checks.versions_stand_in_one_place, 'docker/.env', 'GRAFANA_VERSION=13.1.1', 'GRAFANA_VERSION=latest', 'runs grafana/grafana:latest'),
    (checks.versions_stand_in_one_place, 'docker/relay/Dockerfile', 'ARG DEBIAN_VERSION=12-slim', 'ARG DEBIAN_VERSION=13-slim', 'docker/.env has 12-slim'),
    (checks.versions_stand_in_one_place, 'docker/relay/Dockerfile', 'FROM debian:${DEBIAN_VERSION} AS', 'FROM debian AS', 'does not come from'),
    (checks.versions_stand_in_one_place, 'docker/.env', 'SLACK_PORT', 'SLACKS_PORT=1\nSLACK_PORT', 'nobody uses SLACKS_PORT'),
    (checks.versions_are_those_of_the_bare_pipeline, 'tools/lib/paths.sh', 'kafka_version=', 'kafka_version=3', 'tools/lib/paths.sh has 3'),
    (checks.versions_are_those_of_the_bare_pipeline, 'docker/.env', 'PG_MAJOR=17', 'PG_MAJOR=16', 'not of PG_MAJOR=16'),
    (checks.images_of_ours_are_built, 'docker/compose.yaml', '    build: *build-kafka\n', '', 'kafka-init: penstock/kafka'),
    (checks.services_are_complete, 'docker/compose.yaml', '    mem_limit: 256m\n    # It drains', '    # It drains', 'relay has no mem_limit'),
    (checks.services_are_complete, 'docker/compose.yaml', '  logging: *logging\n  security_opt', '  security_opt', 'has no limit of its log'),
    (checks.services_are_complete, 'docker/compose.yaml', 'restart: unless-stopped', 'restart: always', 'has no restart policy'),
    (checks.services_are_complete, 'docker/compose.yaml', '    profiles: [ui]\n', '', 'kafka-ui has no profile'),
    (checks.networks_keep_apart, 'docker/compose.yaml', 'networks: [data]\n    shm_size', 'networks: [data, monitoring]\n    shm_size', 'postgres is in'),
    (checks.start_order_waits_for_health, 'docker/compose.yaml', 'postgres: {condition: service_healthy}', 'postgres: {condition: service_started}', 'service_started'),
    (checks.health_of_the_relay_is_that_it_turns, 'docker/compose.yaml', '"/health/live"', '"/health"', 'otherwise than by /health/live'),
    (checks.health_of_the_relay_is_that_it_turns, 'docker/relay/Dockerfile', '"/health/live"', '"/health"', 'relay/Dockerfile asks'),
    (checks.volumes_are_named_and_used, 'docker/compose.yaml', '  lake:\n', '  lake:\n  pond:\n', 'volume pond'),
    (checks.targets_of_prometheus_are_services, 'docker/prometheus/targets/pipeline.json', 'relay:8083', 'relais:8083', 'relais:8083 is no service'),
    (checks.targets_of_prometheus_are_services, 'docker/prometheus/targets/pipeline.json', '"job": "kafka"', '"job": "cafka"', 'job kafka: no target'),
    (checks.addresses_are_services, 'docker/spark/job.json', 'kafka:9092', 'kafkaa:9092', 'kafkaa:9092 is no service'),
    (checks.addresses_are_services, 'docker/compose.yaml', 'http://prometheus:9090', 'http://postgres:5432', 'grafana: postgres:5432 is in another network'),
    (checks.addresses_are_services, 'docker/compose.yaml', '--bootstrap-server=kafka:9092', '--bootstrap-server=broker:9092', 'kafka-init: broker:9092'),
    (checks.versions_are_those_of_the_bare_pipeline, 'docker/.env', 'PROMETHEUS_VERSION=v2', 'PROMETHEUS_VERSION=v3', 'Grafana is told'),
    (checks.connector_is_given_what_it_names, 'pipeline/connector.json', ':relay_database_password}', ':other_password}', 'other_password, which it is not given'),
    (checks.connector_is_given_what_it_names, 'pipeline/connector.json', '"${dir:/run/secrets:relay_database_password}"', '"hunter2"', 'no secret'),
    (checks.connector_is_given_what_it_names, 'docker/compose.yaml', 'publication.name=penstock_shop', 'publication.name=shop', 'nobody makes the publication shop'),
    (checks.connector_is_given_what_it_names, 'docker/compose.tls.yaml', 'publication.name=penstock_shop', 'publication.name=shop', 'nobody makes the publication shop'),
    (checks.connector_is_given_what_it_names, 'docker/compose.yaml', '--set=database.hostname=postgres', '--set=database.hostname=postgre', 'no service'),
]


@pytest.mark.parametrize('name', ['job.json', 'job-tls.json'])
def test_job_takes_its_file(name, monkeypatch):
    """The job's own reader judges the file; what the two files share is the same."""
    monkeypatch.syspath_prepend(os.path.join(ROOT, 'spark'))
    from shopcdc import config
    with open(os.path.join(ROOT, 'docker/spark', name)) as file:
        found = json.load(file)
    jaas = found['kafka'].pop('sasl.jaas.config', None)
    assert jaas in (None, {'file': '/run/secrets/kafka_spark_jaas'})
    made = config.make(found, name)
    with open(os.path.join(ROOT, 'docker/spark/job.json')) as file:
        plain = config.make(json.load(file))
    assert {**vars(made), 'kafka': None} == {**vars(plain), 'kafka': None}
    assert made.metrics_address == '0.0.0.0' and set(made.tables) == set(re.findall(r'^CREATE TABLE (\w+)', open(os.path.join(ROOT, 'demo/schema.sql')).read(), re.M))


@pytest.fixture
def copy(tmp_path, here):
    """The tree again, with links for what is not changed: break_(file, old, new) makes a file of its own with the change in it."""
    for name in READ:
        if os.path.isdir(os.path.join(ROOT, name)) and name in ('docker', 'scripts', 'tools', 'docs', 'pipeline', 'monitoring'):
            shutil.copytree(os.path.join(ROOT, name), tmp_path / name, ignore=shutil.ignore_patterns('secrets', '__pycache__'))
        else:
            os.symlink(os.path.join(ROOT, name), tmp_path / name)

    def break_(file, old, new):
        path = tmp_path / file
        text = path.read_text()
        assert old in text, '%s is not in %s any more' % (old, file)
        if path.is_symlink():
            path.unlink()
        path.write_text(text.replace(old, new))
        return Description(str(tmp_path), here.program)
    return break_


@pytest.mark.parametrize('check, file, old, new, complaint', BREACHES,
                         ids=['%s-%d' % (breach[0].__name__, number) for number, breach in enumerate(BREACHES)])
def test_is_refused(copy, check, file, old, new, complaint):
    complaints = '\n'.join(check(copy(file, old, new)))
    assert complaint in complaints, complaints


def test_every_check_has_a_breach():
    assert {breach[0] for breach in BREACHES} == set(checks.ALL)


def test_docker_compose_refuses_a_word_that_it_does_not_know(copy):
    broken = copy('docker/compose.yaml', '    mem_limit: 64m', '    mem_limits: 64m')
    with pytest.raises(Refused, match='mem_limits'):
        broken.services()


def test_hadolint_refuses_a_tag_that_floats(copy):
    broken = copy('docker/relay/Dockerfile', 'FROM debian:${DEBIAN_VERSION}\n', 'FROM debian:latest\n')
    done = subprocess.run([tool('hadolint'), broken.path('docker/relay/Dockerfile')], capture_output=True, text=True)
    assert done.returncode and re.search('DL3007', done.stdout)

"""What must hold between the files of docker/. A check takes a Description and returns complaints, one a line; none is well."""
import fnmatch
import glob
import json
import os
import re
import shlex

from compose.description import FILES, instructions, one_shot

NETWORKS = {'data', 'monitoring'}


def mounted_files_exist(d):
    for files in FILES:
        for name, service in d.services(files).items():
            for volume in service.get('volumes', ()):
                if volume['type'] == 'bind' and not os.path.exists(volume['source']):
                    yield '%s mounts %s, which is not there' % (name, os.path.relpath(volume['source'], d.root))
                if volume['type'] == 'bind' and not volume.get('read_only'):
                    yield '%s may write to %s' % (name, os.path.relpath(volume['source'], d.root))
            build = service.get('build')
            if build and not os.path.exists(os.path.join(build['context'], build['dockerfile'])):
                yield '%s is built from %s, which is not there' % (name, build['dockerfile'])


def ignored(d, path):
    """Whether .dockerignore keeps a path out of the build: its last line that fits counts, with folders for all below."""
    answer = False
    parts = path.split('/')
    above = ['/'.join(parts[:length]) for length in range(1, len(parts) + 1)]
    for line in d.text('.dockerignore').splitlines():
        pattern = line.strip().lstrip('!')
        if not pattern or pattern.startswith('#'):
            continue
        names = above if not pattern.startswith('**/') else parts
        if any(fnmatch.fnmatchcase(name, pattern.removeprefix('**/')) for name in names):
            answer = not line.startswith('!')
    return answer


def copied_files_exist(d):
    for path, text in d.dockerfiles().items():
        for word, rest in instructions(text):
            if word == 'ADD':
                yield '%s: ADD fetches and unpacks; use COPY' % path
            if word != 'COPY' or '--from=' in rest:
                continue
            for source in [part for part in shlex.split(rest) if not part.startswith('--')][:-1]:
                found = glob.glob(d.path(source))
                if not found:
                    yield '%s copies %s, which is not there' % (path, source)
                elif ignored(d, source.rstrip('/')):
                    yield '%s copies %s, which .dockerignore keeps out' % (path, source)


def run_steps_are_scripts_of_the_tree(d):
    """What an image installs and builds is what a bare machine would: setup.sh, make. No second list of packages."""
    for path, text in d.dockerfiles().items():
        for word, rest in instructions(text):
            if word == 'RUN' and re.search(r'\b(apt-get|apk|pip|curl|wget|git|mvn)\b', rest):
                yield '%s: RUN %s' % (path, rest)
            for group in re.findall(r'setup\.sh ([a-z ]+)', rest) if word == 'RUN' else ():
                for name in group.split():
                    if not re.search(r'^\S*\b%s\b\S* ' % name, d.text('scripts/packages.txt'), re.M):
                        yield '%s: scripts/setup.sh has no group %s' % (path, name)


def ports_are_loopback_and_unique(d):
    for files in FILES:
        taken = {}
        for name, service in d.services(files).items():
            if service.get('network_mode') == 'host':
                yield '%s is on the network of the host' % name
            for port in service.get('ports', ()):
                if port.get('host_ip') != '127.0.0.1':
                    yield '%s publishes %s on %s' % (name, port.get('published'), port.get('host_ip') or 'all addresses')
                if port['published'] in taken:
                    yield '%s publishes %s, as does %s' % (name, port['published'], taken[port['published']])
                taken[port['published']] = name
    for name, text in d.compose_texts().items():
        for line in re.findall(r'"[\d.]+:(?!\$\{)\S*:\d+"', text):
            yield '%s: port %s does not come from docker/.env' % (name, line)


def secrets_are_files_that_somebody_makes(d):
    script, documents = d.text('scripts/compose.sh'), d.text('docs/production.md')
    for files in FILES:
        project = d.project(files)
        defined, used = project.get('secrets', {}), set()
        for name, service in project['services'].items():
            used |= {secret['source'] for secret in service.get('secrets', ())}
            for key, value in (service.get('environment') or {}).items():
                if re.search(r'PASSWORD|SECRET|TOKEN', key) and not re.search(r'FILE$|_FILE_|__FILE$', key):
                    yield '%s has a secret in its environment: %s' % (name, key)
                for file in re.findall(r'/run/secrets/(\w+)', value or ''):
                    if file not in {secret['source'] for secret in service.get('secrets', ())}:
                        yield '%s reads /run/secrets/%s, which it is not given' % (name, file)
        for name in sorted(d.defined(files, 'secrets') - used):
            yield 'secret %s is defined and nobody is given it' % name
        for name, secret in defined.items():
            if secret.get('file') != d.path('docker', 'secrets', name):
                yield 'secret %s is not the file docker/secrets/%s' % (name, name)
            if not re.search(r'\b%s\b' % name, script):
                yield 'secret %s: scripts/compose.sh secrets does not make it' % name
            if not re.search(r'\b%s\b' % name, documents):
                yield 'secret %s: docs/production.md does not name it' % name


def versions_stand_in_one_place(d):
    for name, text in d.compose_texts().items():
        for image in re.findall(r'^\s*image: (?:&\w+ )?(\S+)', text, re.M):
            if image.startswith('*'):
                continue
            tag = image.partition(':')[2]
            if not re.search(r'\$\{\w+_VERSION\}|\$\{PG_MAJOR\}', tag) or 'latest' in tag:
                yield '%s: the tag of %s does not come from docker/.env' % (name, image)
    for path, text in d.dockerfiles().items():
        for word, rest in instructions(text):
            argument = re.match(r'(\w+)=(\S+)$', rest)
            if word == 'ARG' and argument and d.settings.get(argument[1]) != argument[2]:
                yield '%s: ARG %s, docker/.env has %s' % (path, rest, d.settings.get(argument[1]))
            if word == 'FROM' and not re.match(r'\S+:\$\{\w+_VERSION\}( AS \w+)?$', rest) and not re.match(r'[a-z]+$', rest):
                yield '%s: the tag of %s does not come from docker/.env' % (path, rest)
    for files in FILES:
        for name, service in d.services(files).items():
            if re.search(r':latest$|^[^:]+$', service['image']):
                yield '%s runs %s' % (name, service['image'])
            for argument, value in (service.get('build') or {}).get('args', {}).items():
                if d.settings.get(argument) != value:
                    yield '%s is built with %s=%s, docker/.env has %s' % (name, argument, value, d.settings.get(argument))
    everything = ''.join(d.compose_texts().values())
    for name in d.settings:
        if not name.startswith('COMPOSE_') and '${%s}' % name not in everything:
            yield 'docker/.env: nobody uses %s' % name


def versions_are_those_of_the_bare_pipeline(d):
    kafka = re.search(r'^kafka_version=(\S+)', d.text('tools/lib/paths.sh'), re.M)[1]
    if d.settings['KAFKA_VERSION'] != kafka:
        yield 'KAFKA_VERSION=%s, tools/lib/paths.sh has %s' % (d.settings['KAFKA_VERSION'], kafka)
    if d.settings['POSTGRES_VERSION'].split('.')[0] != d.settings['PG_MAJOR']:
        yield 'POSTGRES_VERSION=%s is not of PG_MAJOR=%s' % (d.settings['POSTGRES_VERSION'], d.settings['PG_MAJOR'])
    source = re.search(r'prometheusVersion: (\S+)', d.text('monitoring/grafana/provisioning/datasources/prometheus.yml'))[1]
    if d.settings['PROMETHEUS_VERSION'] != 'v' + source:
        yield 'PROMETHEUS_VERSION=%s, Grafana is told %s' % (d.settings['PROMETHEUS_VERSION'], source)
    # The packages that scripts/setup.sh names are Debian 12's.
    for name in ('POSTGRES_VERSION', 'DEBIAN_VERSION'):
        if not re.search(r'-bookworm$|^12[.-]', d.settings[name]):
            yield '%s=%s is not Debian 12' % (name, d.settings[name])


def images_of_ours_are_built(d):
    """A service that names an image of ours without saying how it is built would have it pulled, from where it is not. Others are pulled."""
    for files in FILES:
        for name, service in d.services(files).items():
            if service['image'].startswith('penstock/') != bool(service.get('build')):
                yield '%s: %s is %s' % (name, service['image'], 'not built' if not service.get('build') else 'built under a name of others')


def services_are_complete(d):
    for files in FILES:
        for name, service in d.services(files).items():
            def lacks(what):
                return '%s has no %s' % (name, what)
            if not service.get('profiles'):
                yield lacks('profile')
            if not service.get('mem_limit'):
                yield lacks('mem_limit')
            if 'max-size' not in (service.get('logging') or {}).get('options', {}):
                yield lacks('limit of its log')
            if 'no-new-privileges:true' not in service.get('security_opt', ()):
                yield lacks('no-new-privileges')
            if service.get('restart') not in ('unless-stopped', 'no'):
                yield lacks('restart policy')
            if not one_shot(service):
                check = service.get('healthcheck') or {}
                if check.get('disable') or not check.get('test'):
                    yield lacks('health check')
                if not {'interval', 'timeout', 'retries', 'start_period'} <= set(check):
                    yield lacks('patience in its health check')
            if service.get('privileged') or (service.get('cap_add') or service.get('user') in ('0', 'root')) and not one_shot(service):
                yield '%s has rights that it does not need' % name
            if not set(service.get('networks') or ()) <= NETWORKS or not service.get('networks'):
                yield '%s is not in the networks data and monitoring alone' % name


def networks_keep_apart(d):
    """Who only measures does not reach rows and records, and the database is reached from its own network alone."""
    for files in FILES:
        services = d.services(files)
        for name in ('prometheus', 'alertmanager', 'grafana', 'node-exporter'):
            if name in services and 'data' in services[name]['networks']:
                yield '%s is in the network data' % name
        if 'monitoring' in services['postgres']['networks']:
            yield 'postgres is in the network monitoring'


def start_order_waits_for_health(d):
    for files in FILES:
        services = d.services(files)
        for name, service in services.items():
            for other, how in (service.get('depends_on') or {}).items():
                wanted = 'service_completed_successfully' if one_shot(services[other]) else 'service_healthy'
                if how['condition'] != wanted:
                    yield '%s starts after %s by %s, not %s' % (name, other, how['condition'], wanted)
                if not set(service['networks']) & set(services[other]['networks']) and not one_shot(services[other]):
                    yield '%s starts after %s and cannot reach it' % (name, other)


def health_of_the_relay_is_that_it_turns(d):
    """Whatever ends unhealthy containers must not end a relay that waits for somebody else: /health is 503 then, /health/live is not."""
    asked = {'docker/relay/Dockerfile': [rest for word, rest in instructions(d.text('docker/relay/Dockerfile')) if word == 'HEALTHCHECK']}
    for files in FILES:
        asked[' '.join(files)] = [json.dumps(d.services(files)['relay']['healthcheck']['test'])]
    for where, tests in asked.items():
        if len(tests) != 1 or '"/health/live"' not in tests[0]:
            yield '%s asks the relay otherwise than by /health/live: %s' % (where, tests)


def volumes_are_named_and_used(d):
    for files in FILES:
        project = d.project(files)
        used = {volume['source'] for service in project['services'].values() for volume in service.get('volumes', ()) if volume['type'] == 'volume'
                and volume.get('source')}
        for name in sorted(d.defined(files, 'volumes') - used):
            yield 'volume %s is defined and not used' % name


def targets_of_prometheus_are_services(d):
    """Each target is a service that Prometheus can reach; each job that monitoring/ knows has a target, and no other has."""
    services = d.services()
    known = set(re.search(r'regex: (penstock\|\S+)', d.text('monitoring/prometheus/prometheus.yml'))[1].split('|'))
    jobs = set()
    for path in sorted(glob.glob(d.path('docker/prometheus/targets/*.json'))):
        for group in json.loads(d.text(path)):
            jobs.add(group['labels']['job'])
            for target in group['targets']:
                name, _, port = target.partition(':')
                if name not in services and name != 'localhost':
                    yield 'target %s is no service' % target
                elif name in services and 'monitoring' not in services[name]['networks']:
                    yield 'target %s is not in the network monitoring' % target
                if not port.isdigit():
                    yield 'target %s has no port' % target
    for job in sorted(jobs ^ known):
        yield 'job %s: %s' % (job, 'no target' if job in known else 'monitoring/prometheus/prometheus.yml does not know it')


ADDRESS = re.compile(r'(?<![\w.-])(?:https?://)?([a-z][a-z0-9-]*):(\d{4,5})(?![\w.])')


def addresses_are_services(d):
    """host:port in what the containers read, be it a file or their environment: a service that they share a network with."""
    for files in FILES:
        services = d.services(files)
        for name, service in services.items():
            texts = [*(service.get('environment') or {}).values(), *(service.get('command') or ())]
            for volume in service.get('volumes', ()):
                if volume['type'] == 'bind' and volume['source'].startswith(d.path('docker')) and os.path.isfile(volume['source']):
                    texts.append(d.text(volume['source']))
            for host, port in {found for text in texts for found in ADDRESS.findall(text or '')}:
                if host in ('localhost', name):
                    continue
                if host not in services:
                    yield '%s: %s:%s is no service' % (name, host, port)
                elif not set(service['networks']) & set(services[host]['networks']):
                    yield '%s: %s:%s is in another network' % (name, host, port)


def connector_is_given_what_it_names(d):
    """The relay's files and what its command sets before them: secrets that it is given, hosts that are services, a publication that is made."""
    for files in FILES:
        service = d.services(files)['relay']
        given = {secret['source'] for secret in service.get('secrets', ())}
        settings = dict(word.removeprefix('--set=').split('=', 1) for word in service['command'] if word.startswith('--set='))
        for volume in service['volumes']:
            if volume['type'] == 'bind' and volume['target'].endswith('connector.json') and os.path.exists(volume['source']):
                settings = {**json.loads(d.text(volume['source']))['config'], **settings}
        for name in ('database.hostname', 'bootstrap.servers'):
            host = settings.get(name, '').partition(':')[0]
            if host not in d.services(files):
                yield 'the relay: %s is %s, which is no service' % (name, host or 'not set')
        made = ''.join(d.text(path) for path in sorted(glob.glob(d.path('docker', 'postgres', 'init', '*'))))
        if not re.search(r'CREATE PUBLICATION %s\b' % re.escape(settings.get('publication.name', '')), made):
            yield 'the relay: nobody makes the publication %s' % settings.get('publication.name', 'that it does not name')
        for name, value in settings.items():
            for secret in re.findall(r'\$\{dir:/run/secrets:(\w+)\}', value):
                if secret not in given:
                    yield 'the relay reads the secret %s, which it is not given' % secret
            if name.endswith('password') and not value.startswith('${'):
                yield 'the relay: %s stands in a file that is no secret' % name


ALL = (mounted_files_exist, copied_files_exist, run_steps_are_scripts_of_the_tree, ports_are_loopback_and_unique,
       secrets_are_files_that_somebody_makes, versions_stand_in_one_place, versions_are_those_of_the_bare_pipeline,
       images_of_ours_are_built, services_are_complete,
       networks_keep_apart, start_order_waits_for_health, health_of_the_relay_is_that_it_turns, volumes_are_named_and_used, targets_of_prometheus_are_services, addresses_are_services,
       connector_is_given_what_it_names)

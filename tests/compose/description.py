"""What docker/ says, read by docker-compose itself: services with anchors, variables and overrides resolved."""
import functools
import itertools
import json
import os
import re
import subprocess

PROFILES = ('core', 'spark', 'monitoring', 'ui', 'tls')
FILES = (('compose.yaml',), ('compose.yaml', 'compose.tls.yaml'))


def combinations():
    """Every set of profiles, the empty one too: that is what docker/.env says."""
    for size in range(len(PROFILES) + 1):
        yield from itertools.combinations(PROFILES, size)


class Refused(Exception):
    """docker-compose's own words about a file that it does not take."""


class Description:
    def __init__(self, root, program):
        self.root, self.program = root, program

    def path(self, *names):
        return os.path.join(self.root, *names)

    def text(self, *names):
        with open(self.path(*names), encoding='utf-8') as file:
            return file.read()

    def compose(self, files, profiles, *arguments):
        command = [self.program]
        for name in files:
            command += ['-f', self.path('docker', name)]
        for name in profiles:
            command += ['--profile', name]
        # Nothing of the caller's environment may fill a hole in docker/.env.
        env = {name: os.environ[name] for name in ('PATH', 'HOME') if name in os.environ}
        done = subprocess.run([*command, 'config', *arguments], capture_output=True, text=True, env=env)
        if done.returncode or done.stderr.strip():
            raise Refused('%s %s: %s' % (' '.join(files), ','.join(profiles), done.stderr.strip()))
        return done.stdout

    @functools.lru_cache(None)
    def project(self, files=FILES[0]):
        """Everything, all profiles on."""
        return json.loads(self.compose(files, PROFILES, '--format', 'json'))

    def services(self, files=FILES[0]):
        return self.project(files)['services']

    @functools.cached_property
    def settings(self):
        """docker/.env."""
        return dict(re.findall(r'^([A-Z_]+)=(.*)$', self.text('docker', '.env'), re.M))

    def compose_texts(self):
        return {name: self.text('docker', name) for name in sorted({name for files in FILES for name in files})}

    def defined(self, files, section):
        """What the files name at their top under `section`; docker-compose leaves out what no service uses."""
        names = set()
        for name in files:
            block = re.search(r'^%s:\n((?: .*\n|#.*\n|\n)*)' % section, self.text('docker', name), re.M)
            names |= set(re.findall(r'^  ([\w-]+):', block[1], re.M)) if block else set()
        return names

    def dockerfiles(self):
        """{path from the root: text}"""
        found = {}
        for folder, _, names in sorted(os.walk(self.path('docker'))):
            for name in names:
                if name == 'Dockerfile':
                    path = os.path.relpath(os.path.join(folder, name), self.root)
                    found[path] = self.text(path)
        return found


def one_shot(service):
    return service.get('restart') == 'no'


def instructions(dockerfile):
    """(word, rest) of each instruction, continued lines joined, comments left out."""
    lines = re.sub(r'\\\n', ' ', re.sub(r'^\s*#.*\n', '', dockerfile, flags=re.M)).splitlines()
    for line in lines:
        if line.strip():
            word, _, rest = line.strip().partition(' ')
            yield word.upper(), rest.strip()

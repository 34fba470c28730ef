"""The commands of the runbooks' pages: whether they can work as they are printed, against the local pipeline, from the checkout."""
import glob
import os
import re
import shlex

import monitoring_files

DIR = '/var/lib/penstock-pipeline/'
EVERYWHERE = {'cat', 'curl', 'df', 'dmesg', 'du', 'free', 'grep', 'head', 'journalctl', 'jstack', 'kcat', 'pg_isready', 'pgrep', 'ps', 'psql', 'python3',
              'sort', 'systemctl', 'tail', 'top', 'uniq'}
BUILT = {'build/penstock'}


def text_of(*path):
    with open(os.path.join(monitoring_files.ROOT, *path)) as file:
        return file.read()


def kafka_tools():
    return set(re.findall(r'^  ([a-z-]+)\) shift; tool ', text_of('scripts', 'kafka.sh'), re.M))


def logs():
    """What pipeline/ writes into its folder logs: a file for each part, less PostgreSQL's, and the broker's own."""
    parts = re.findall(r"^    name, .*? = '([\w-]+)'", text_of('pipeline', 'parts.py') + text_of('pipeline', 'monitors.py'), re.M)
    return {name + '.log' for name in parts if name != 'postgres'} | {'kafka-server.log'}


def printed(text):
    """The lines of a page's blocks."""
    return [line for block in re.findall(r'^```sh\n(.*?)^```', text, re.M | re.S) for line in block.splitlines()]


def programs(line):
    """The first word of each command of a line, also of those in $(…) outside of quotes."""
    words = shlex.shlex(line, posix=True, punctuation_chars='|;&()')
    words.whitespace_split, words.commenters = True, '#'
    begins = True
    for word in words:
        if word and set(word) <= set('|;&()'):
            begins = word != ')'
        elif re.match(r'\w+=', word):
            begins = False
        elif begins:
            yield word
            begins = False


def faults(line):
    tools = kafka_tools()
    for program in programs(line):
        if program in EVERYWHERE | BUILT or program.startswith('~/.cache/penstock/'):
            continue
        if not os.access(os.path.join(monitoring_files.ROOT, program), os.X_OK):
            yield 'no program %s' % program
    if re.search(r'\bpsql (?!-h localhost -U )', line):
        yield 'psql is not told where and as whom'
    for tool in re.findall(r'scripts/kafka\.sh (\S+)', line):
        if tool not in tools:
            yield 'kafka.sh has no %s' % tool
    for name in re.findall(re.escape(DIR) + r'logs/(\S+?\.log)', line):
        if name not in logs():
            yield 'the pipeline writes no %s' % name
    for file in re.findall(r'(?<![\w/.-])(?:DIR/\S*|CONFIG\.json|connector\.json|worker\.properties)', line):
        yield '%s is no file' % file


FAULTY = ('psql -d shop -c "SELECT 1"', 'x=$(amtool alert)', 'df -h; kafka-topics.sh --list', 'scripts/kafka.sh topic --list', 'scripts/kafak.sh topics --list',
           'penstock doctor ' + DIR + 'relay/connector.json', 'build/penstock doctor connector.json', 'ls DIR/logs | head',
           'tail -50 ' + DIR + 'logs/postgres.log', 'curl -s http://localhost:1 | amtool')


def complaints():
    for path in sorted(glob.glob(os.path.join(monitoring_files.RUNBOOKS, '[A-Z]*.md'))):
        for line in printed(text_of(path)):
            yield from ('%s: %s: %s' % (os.path.basename(path), fault, line) for fault in faults(line))
    yield from ('faulty and not found: %s' % line for line in FAULTY if not list(faults(line)))

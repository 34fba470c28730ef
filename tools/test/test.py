#!/usr/bin/env python3
"""make test: runs every stage, shows what each prints, and ends with one line of counts: N passed, N failed, N skipped.

A stage is a command whose last line has that form. A stage that ends without it counts as one failure. Give names of stages
to run only these. Stages that mostly wait for servers of their own run beside others.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COUNTS = re.compile(r'(\d+) passed, (\d+) failed, (\d+) skipped$')


def stages(pg_config):
    return [
        ('build', ['tools/check/build.sh', pg_config]),
        ('lint', ['tools/check/lint.sh', pg_config]),
        ('unit', ['tools/test/unit.sh', pg_config]),
        ('mutants', ['tools/test/mutants.sh']),
        ('fuzz', ['tools/test/fuzz.sh', '5', '1']),
        ('regress', ['tools/test/regress.sh', pg_config]),
        ('differential', ['tools/test/differential.sh', pg_config, '--seconds', '25']),
        ('conformance', ['tools/test/conformance.sh', pg_config]),
        ('renamed', ['tools/test/renamed.sh', pg_config]),
        ('monitoring', ['scripts/monitoring.sh', 'check']),
        ('compose', ['scripts/compose.sh', 'check', pg_config]),
        ('spark', ['scripts/spark.sh', 'test']),
        ('e2e', ['tools/test/e2e.sh', pg_config]),
    ]


# Run beside the stage after it: each has its own server and broker and leaves most of the machine alone.
BESIDE_THE_NEXT = {'conformance'}


def start(name, command):
    """The running stage; what it prints is kept until it is shown."""
    if not os.path.exists(os.path.join(ROOT, command[0])):
        return name, None, None, time.monotonic()
    with tempfile.NamedTemporaryFile('w') as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        return name, process, open(output.name, errors='replace'), time.monotonic()


def show(stage):
    """Prints what a stage prints, as it comes, until its end; (passed, failed, skipped)."""
    name, process, output, started = stage
    print('\n== %s' % name, flush=True)
    if process is None:
        print('skipped: the command is not there')
        return 0, 0, 1
    last, position = '', 0
    while True:
        ended = process.poll() is not None
        output.seek(position)
        for line in iter(output.readline, ''):
            if not line.endswith('\n') and not ended:
                break
            position = output.tell()
            last = line.rstrip() or last
            print('   ' + line.rstrip(), flush=True)
        if ended:
            break
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            pass
    found = COUNTS.search(last)
    counts = tuple(int(number) for number in found.groups()) if found else (0, 1, 0)
    if process.returncode and not counts[1]:
        counts = counts[0], 1, counts[2]
    print('== %s: %d passed, %d failed, %d skipped, %.0f s' % (name, *counts, time.monotonic() - started), flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pg-config', default='pg_config')
    parser.add_argument('only', nargs='*', help='names of stages')
    options = parser.parse_args()
    known = stages(options.pg_config)
    unknown = set(options.only) - {name for name, _ in known}
    if unknown:
        parser.error('no stage %s; there are: %s' % (', '.join(sorted(unknown)), ' '.join(name for name, _ in known)))
    started, results, running = time.monotonic(), {}, []
    for name, command in known:
        if options.only and name not in options.only:
            continue
        running.append(start(name, command))
        if name in BESIDE_THE_NEXT:
            continue
        results.update((stage[0], show(stage)) for stage in running)
        running = []
    results.update((stage[0], show(stage)) for stage in running)
    failed = [name for name, counts in results.items() if counts[1]]
    print('\n%.0f s%s' % (time.monotonic() - started, '; failures in: ' + ', '.join(failed) if failed else ''))
    print('%d passed, %d failed, %d skipped' % tuple(map(sum, zip(*results.values()))))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""Who may include whom, and which folder may name a foreign library (docs/architecture.md)."""
import os
import re
import subprocess
import sys

# The rooms of the plugin, from the floor up: each may include those before it
PLUGIN = ['plugin/pg', 'plugin/text', 'plugin/value', 'plugin/record', 'plugin/transform', 'plugin/options', 'plugin/plan', 'plugin/session',
          'plugin']
# room: rooms that it may include besides itself
ROOMS = {
    'wire': [],
    **{room: PLUGIN[:place] + ['wire'] for place, room in enumerate(PLUGIN)},
    'relay/core': ['wire'],
    'relay/postgres': ['relay/core', 'wire'],
    'relay/kafka': ['relay/core', 'wire'],
    'relay/config': ['relay/core', 'wire'],
    'relay/http': ['relay/core', 'relay/config', 'wire'],
    'relay/service': ['relay/core', 'relay/postgres', 'relay/kafka', 'relay/http', 'relay/config', 'wire'],
    'relay/cli': ['relay/core', 'relay/postgres', 'relay/kafka', 'relay/http', 'relay/config', 'relay/service', 'wire'],
    'relay/sim': ['relay/core', 'wire'],
    'relay/fuzz': ['relay/core', 'relay/postgres', 'relay/config', 'relay/http', 'wire'],
    'bench': ['wire'],
}
# foreign header: rooms that may name it
FOREIGN = {
    r'libpq-fe\.h|postgres_fe\.h|libpq/.*': ['relay/postgres'],
    r'librdkafka/.*': ['relay/kafka'],
    r'prometheus/.*': ['relay/http'],
    r'CLI/.*': ['relay/cli'],
    r'nlohmann/.*': ['relay/core', 'relay/config', 'relay/http', 'relay/cli', 'relay/kafka', 'relay/postgres', 'relay/service'],
    r'spdlog/.*|fmt/.*': ['relay/service', 'relay/cli'],
    r'systemd/.*': ['relay/service'],
    r'sys/(epoll|eventfd|signalfd|timerfd)\.h': ['relay/service', 'relay/kafka', 'relay/postgres', 'relay/http'],
    r'thread|mutex|condition_variable|poll\.h': ['relay/service', 'relay/kafka', 'relay/postgres', 'relay/http'],
    r'(postgres|fmgr)\.h|(access|catalog|commands|executor|nodes|replication|storage|utils)/.*': ['bench'],
    r'gtest/.*|gmock/.*': [],     # tests only
}
# Includes against the order, still to be cut: exactly these.
UPWARD = {
    'plugin/record/envelope.h': ['plugin/options/options.h', 'plugin/plan/plan.h', 'plugin/session/transaction.h'],
    'plugin/record/record_drafts.cpp': ['plugin/plan/topic.h'],
    'plugin/record/record_drafts.h': ['plugin/options/options.h', 'plugin/plan/plan.h'],
    'plugin/record/record_output.cpp': ['plugin/options/options.h'],
    'plugin/record/record_output.h': ['plugin/transform/transform.h'],
    'plugin/record/service_records.cpp': ['plugin/plan/topic.h'],
    'plugin/record/service_records.h': ['plugin/plan/plan.h'],
}
# The server's headers are brought in here only.
SERVER_HEADERS = {'plugin/pg/pg.h', 'plugin/pg/compat.h'}


def room_of(path):
    return max((room for room in ROOMS if path.startswith(room + '/')), key=len, default=None)


def problems(path, used):
    if path in SERVER_HEADERS:
        return
    room, is_test = room_of(path), path.endswith('_test.cpp') or '_test_' in path or path.startswith('relay/sim/')
    with open(path) as file:
        for number, line in enumerate(file, 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not match:
                continue
            quote, name = match.groups()
            target = room_of(name)
            if quote == '"' and target is None and not foreign_rule(name):
                yield '%s:%d: "%s" is not a path from the root' % (path, number, name)
            elif quote == '"' and target and target != room and target not in ROOMS[room]:
                if name in UPWARD.get(path, []):
                    used.add((path, name))
                    continue
                yield '%s:%d: %s may not include %s' % (path, number, room, name)
            rule = foreign_rule(name)
            if rule is not None and room not in rule and not (is_test and (not rule or room.startswith('relay/'))):
                yield '%s:%d: <%s> may be named in %s only' % (path, number, name, ', '.join(rule) or 'tests')


def foreign_rule(name):
    return next((rooms for pattern, rooms in FOREIGN.items() if re.fullmatch(pattern, name)), None)


def main():
    os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    listed = subprocess.run(['git', 'ls-files', '*.h', '*.cpp'], capture_output=True, text=True, check=True).stdout.split()
    used = set()
    found = [problem for path in listed if room_of(path) and os.path.exists(path) for problem in problems(path, used)]
    found += ['%s no longer includes %s: take it out of UPWARD' % (path, name)
              for path, names in UPWARD.items() for name in names if (path, name) not in used]
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())

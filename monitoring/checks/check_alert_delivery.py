"""What Alertmanager really says: the program with our configuration, alerts put into it, and a receiver in place of Slack."""
import datetime
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import monitoring_files


class Receiver:
    """Takes what Slack would get; `received` is [(path, attachment)]."""

    def __init__(self):
        self.received = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                outer.received += [(body['channel'], attachment) for attachment in body['attachments']]
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'ok')

            def log_message(self, *arguments):
                pass
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = 'http://127.0.0.1:%d/services/T/B/ops' % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Alertmanager:
    """The program in a folder of its own; the waits of its configuration cut to a second."""

    def __init__(self, folder, webhook):
        shutil.copytree(monitoring_files.inside('alertmanager'), folder, dirs_exist_ok=True)
        path = os.path.join(folder, 'alertmanager.yml')
        with open(path) as file:
            text = re.sub(r'(group_wait|group_interval): \w+', r'\1: 1s', file.read())
        with open(path, 'w') as file:
            file.write(text)
        os.makedirs(os.path.join(folder, 'secrets'), exist_ok=True)
        with open(os.path.join(folder, 'secrets', 'slack_ops'), 'w') as file:
            file.write(webhook + '\n')
        self.url = 'http://127.0.0.1:%d' % free_port()
        with open(os.path.join(folder, 'log'), 'w') as log:
            self.process = subprocess.Popen(['prometheus-alertmanager', '--config.file=alertmanager.yml', '--storage.path=data', '--cluster.listen-address=',
                                             '--web.listen-address=' + self.url[len('http://'):]], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ready(self):
        try:
            return urllib.request.urlopen(self.url + '/-/ready', timeout=2).status == 200
        except OSError:
            return False

    def put(self, alerts, over=False):
        """alerts: rules by (name, severity) with more labels. Prometheus renders annotations; here they are the rule's own text."""
        now = datetime.datetime.now(datetime.timezone.utc)
        body = [{'labels': {'alertname': name, 'severity': severity, **labels}, 'annotations': annotations(name, severity),
                 'generatorURL': 'http://prometheus/graph', 'startsAt': (now - datetime.timedelta(seconds=61)).isoformat(),
                 **({'endsAt': now.isoformat()} if over else {})} for name, severity, labels in alerts]
        request = urllib.request.Request(self.url + '/api/v2/alerts', json.dumps(body).encode(), {'Content-Type': 'application/json'})
        urllib.request.urlopen(request, timeout=5).close()


def annotations(name, severity):
    return next(rule['annotations'] for rule in monitoring_files.alerts() if rule['alert'] == name and rule['labels']['severity'] == severity)


RELAY = {'job': 'penstock', 'instance': 'r:1'}
FIRST = [('PenstockDown', 'page', RELAY), ('SlotTimeLeft', 'page', {'slot': 's'})]
THEN = [('PenstockLag', 'ticket', RELAY), ('PenstockLag', 'page', RELAY), ('SlotInactive', 'ticket', {'slot': 's'}),
        ('SlotTimeLeft', 'ticket', {'slot': 's'}), ('DeadLetters', 'ticket', {'job': 'spark-job', 'reason': 'json'})]
# What the others explain is not said; the deadline is, once.
WANTED = {('danger', 'PAGE PenstockDown'), ('danger', 'PAGE SlotTimeLeft'), ('warning', 'Ticket DeadLetters')}
OVER = {('good', 'Resolved PenstockDown'), ('good', 'Resolved SlotTimeLeft'), ('good', 'Resolved DeadLetters')}


def short(received):
    return {(attachment['color'], re.sub(r'^:\w+: ', '', attachment['title'])) for _, attachment in received}


def complaints():
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as folder:
        server = Alertmanager(folder, receiver.url)
        try:
            if not until(server.ready, 60):
                yield 'Alertmanager does not start: ' + open(os.path.join(folder, 'log')).read()[-300:]
                return
            # An alert that began long ago is sent at once, before Alertmanager knows of another that came with it.
            server.put(FIRST)
            until(lambda: len(short(receiver.received)) >= len(FIRST), 60)
            server.put(THEN)
            until(lambda: WANTED <= short(receiver.received), 60)
            if short(receiver.received) != WANTED:
                yield 'received %s instead of %s' % (sorted(short(receiver.received)), sorted(WANTED))
            yield from words(receiver.received)
            before = len(receiver.received)
            server.put(THEN, over=True)
            server.put(FIRST, over=True)
            until(lambda: OVER <= short(receiver.received[before:]), 60)
            if not OVER <= short(receiver.received[before:]):
                yield 'received after the end %s instead of %s' % (sorted(short(receiver.received[before:])), sorted(OVER))
            if short(receiver.received) - WANTED - OVER:
                yield 'received what the others explain: %s' % sorted(short(receiver.received) - WANTED - OVER)
            yield from ('a resolved message does not say for how long: %s' % attachment['text'] for _, attachment in receiver.received[before:]
                        if attachment['color'] == 'good' and not re.search(r'^Over after 1m\d+s: ~', attachment['text'], re.M))
        finally:
            server.process.terminate()
            server.process.wait()


def words(received):
    for channel, attachment in received:
        rule = attachment['title'].split()[-1]
        found = annotations(rule, 'page' if attachment['color'] == 'danger' else 'ticket')
        for part in (found['summary'], found['description'], found['runbook_url'], 'since '):
            if part not in attachment['text']:
                yield '%s: the message lacks %r' % (rule, part[:60])
        if channel != '#ops' or attachment['title_link'] != 'http://prometheus/graph':
            yield '%s: channel %s, link %s' % (rule, channel, attachment['title_link'])

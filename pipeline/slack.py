#!/usr/bin/env python3
"""slack.py [--port 8065] [--store FILE]   A stand-in for Slack's incoming webhooks: takes what Slack would take, refuses what Slack would refuse, shows it.

POST /services/T/B/CHANNEL   a webhook; 200 "ok", or Slack's own refusals (400 invalid_payload, no_text, invalid_blocks, 413, 429)
POST /control                {"channel": "shop" or "*", "status": 429 or 500 …, "retry_after": S, "count": N or "seconds": S, "delay": S}: the next
                             N posts, or those of the next S seconds, are answered so; {"reset": true} ends that; {"clear": true} forgets messages
GET /messages.json           what was taken, in order: number, channel, time, text, payload, idempotency_key; ?channel=NAME&after=NUMBER
GET /control.json            what is told to it, and counts of answers      GET /healthz      GET /   a page for people
Messages stay over a restart when --store names a file.
"""
import argparse
import collections
import json
import os
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BLOCKS, MAX_SECTION, MAX_TEXT, MAX_ATTACHMENTS, MAX_BODY = 50, 3000, 40000, 100, 1 << 20
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'slack.html')


def refusal(payload):
    """Slack's word for what is wrong with a payload, or None."""
    if not isinstance(payload, dict):
        return 'invalid_payload'
    blocks, attachments, text = payload.get('blocks') or [], payload.get('attachments') or [], payload.get('text')
    if not isinstance(blocks, list) or not isinstance(attachments, list) or not (text is None or isinstance(text, str)):
        return 'invalid_payload'
    if not (text or blocks or attachments):
        return 'no_text'
    if len(text or '') > MAX_TEXT:
        return 'msg_too_long'
    if len(attachments) > MAX_ATTACHMENTS:
        return 'too_many_attachments'
    if len(blocks) > MAX_BLOCKS or not all(block_is_fine(block) for block in blocks):
        return 'invalid_blocks'
    return None


def block_is_fine(block):
    if not isinstance(block, dict) or not isinstance(block.get('type'), str):
        return False
    texts = [block.get('text')] + list(block.get('fields') or [])
    if block['type'] == 'section' and not any(texts):
        return False
    if block['type'] == 'header' and len((block.get('text') or {}).get('text', '')) > 150:
        return False
    if block['type'] == 'context' and not 1 <= len(block.get('elements') or []) <= 10:
        return False
    limit = MAX_SECTION if block.get('text') else 2000
    return all(isinstance(text, dict) and 1 <= len(text.get('text', '')) <= limit for text in texts if text is not None)


def plain_text(payload):
    """All words of a message in one string: for checks that look for something."""
    found = []

    def walk(part):
        if isinstance(part, dict):
            for name, value in part.items():
                if isinstance(value, str) and name in ('text', 'title', 'pretext', 'value', 'fallback', 'footer'):
                    found.append(value)
                else:
                    walk(value)
        elif isinstance(part, list):
            for element in part:
                walk(element)
    walk({name: payload.get(name) for name in ('text', 'blocks', 'attachments')})
    return '\n'.join(found)


class Workspace:
    """Messages and orders how to answer. Everything under one lock; the store is appended line by line."""

    def __init__(self, store=None):
        self.lock, self.messages, self.orders, self.answers = threading.Lock(), [], [], collections.Counter()
        self.store = None
        if store:
            if os.path.exists(store):
                with open(store, encoding='utf-8') as lines:
                    self.messages = [json.loads(line) for line in lines if line.endswith('\n')]
            self.store = open(store, 'a', encoding='utf-8')

    def take(self, channel, payload, idempotency_key):
        with self.lock:
            number = self.messages[-1]['number'] + 1 if self.messages else 1
            message = {'number': number, 'channel': channel, 'time': time.time(), 'idempotency_key': idempotency_key,
                       'repeated': bool(idempotency_key) and any(m['idempotency_key'] == idempotency_key for m in self.messages),
                       'text': plain_text(payload), 'payload': payload}
            self.messages.append(message)
            if self.store:
                self.store.write(json.dumps(message, ensure_ascii=False) + '\n')
                self.store.flush()

    def after(self, number, channel):
        with self.lock:
            return [m for m in self.messages if m['number'] > number and channel in (None, m['channel'])]

    def order(self, control):
        """Takes a control document; gives what is wrong with it, or None."""
        if not isinstance(control, dict):
            return 'a JSON object is wanted'
        unknown = set(control) - {'channel', 'status', 'retry_after', 'count', 'seconds', 'delay', 'reset', 'clear'}
        if unknown:
            return 'unknown: %s' % ', '.join(sorted(unknown))
        with self.lock:
            if control.get('reset'):
                self.orders = []
            if control.get('clear'):
                self.messages = []
                if self.store:
                    self.store.truncate(0)
            if 'status' in control or 'delay' in control:
                seconds = control.get('seconds')
                self.orders.append({'channel': control.get('channel', '*'), 'status': int(control.get('status', 200)),
                                    'retry_after': control.get('retry_after', 1), 'delay': float(control.get('delay', 0)),
                                    'left': control.get('count', None if seconds else 1), 'until': time.time() + seconds if seconds else None})
        return None

    def answer_for(self, channel):
        """The order that holds for a post now, and takes one from its count."""
        with self.lock:
            now = time.time()
            self.orders = [o for o in self.orders if (o['until'] is None or o['until'] > now) and (o['left'] is None or o['left'] > 0)]
            for order in self.orders:
                if order['channel'] in ('*', channel):
                    if order['left'] is not None:
                        order['left'] -= 1
                    return order
            return None

    def count(self, channel, status):
        with self.lock:
            self.answers['%s %d' % (channel, status)] += 1

    def state(self):
        with self.lock:
            return {'orders': self.orders, 'answers': dict(self.answers), 'messages': len(self.messages)}


class Handler(BaseHTTPRequestHandler):
    server_version, protocol_version, timeout = 'slack-stand-in', 'HTTP/1.1', 30

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == '/':
            with open(PAGE, 'rb') as page:
                self.reply(200, page.read(), 'text/html; charset=utf-8')
        elif url.path == '/messages.json':
            number = query.get('after', '0')
            self.reply_json(self.server.workspace.after(int(number) if number.isdigit() else 0, query.get('channel')))
        elif url.path == '/control.json':
            self.reply_json(self.server.workspace.state())
        elif url.path == '/healthz':
            self.reply(200, b'ok')
        else:
            self.reply(404, b'not found')

    def do_POST(self):
        length = self.headers.get('Content-Length', '')
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self.reply(413 if length.isdigit() else 411, b'request_too_large' if length.isdigit() else b'length_required')
        body = self.rfile.read(int(length))
        parts = urllib.parse.urlsplit(self.path).path.strip('/').split('/')
        if parts == ['control']:
            problem = 'not JSON'
            try:
                problem = self.server.workspace.order(json.loads(body))
            except (ValueError, TypeError) as error:
                problem = str(error)
            return self.reply(400 if problem else 200, (problem or 'ok').encode())
        if len(parts) != 4 or parts[0] != 'services':
            return self.reply(404, b'no_service')
        return self.webhook(parts[3], body)

    def webhook(self, channel, body):
        order = self.server.workspace.answer_for(channel) or {'status': 200, 'delay': 0}
        if order['delay']:
            time.sleep(order['delay'])
        status, word, headers = order['status'], {429: 'rate_limited', 500: 'internal_error', 404: 'no_service'}.get(order['status'], 'refused'), {}
        if status == 429:
            headers['Retry-After'] = str(order['retry_after'])
        if status == 200:
            payload = self.parse(body)
            word = refusal(payload)
            status = 400 if word else 200
            if not word:
                self.server.workspace.take(channel, payload, self.headers.get('Idempotency-Key'))
                word = 'ok'
        self.server.workspace.count(channel, status)
        self.reply(status, word.encode(), headers=headers)

    def parse(self, body):
        """JSON, or a form with the JSON in `payload`, as Slack takes both."""
        try:
            if 'x-www-form-urlencoded' in self.headers.get('Content-Type', ''):
                body = urllib.parse.parse_qs(body.decode())['payload'][0]
            return json.loads(body)
        except (ValueError, KeyError):
            return None

    def reply_json(self, document):
        self.reply(200, json.dumps(document, ensure_ascii=False).encode(), 'application/json; charset=utf-8')

    def reply(self, status, body, kind='text/plain; charset=utf-8', headers=None):
        self.send_response(status)
        for name, value in {'Content-Type': kind, 'Content-Length': str(len(body)), 'Cache-Control': 'no-store', **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silent: paths of webhooks are secrets."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port=0, store=None, host='127.0.0.1'):
        super().__init__((host, port), Handler)
        self.workspace = Workspace(store)

    @property
    def url(self):
        return 'http://127.0.0.1:%d' % self.server_address[1]

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=int, default=8065 + int(os.environ.get('PIPELINE_PORT_OFFSET', '0')))
    parser.add_argument('--store')
    options = parser.parse_args()
    try:
        server = Server(options.port, options.store, options.host)
    except OSError as error:
        sys.exit('slack.py: port %d: %s; give another with --port' % (options.port, error.strerror))
    print('Slack stand-in on %s' % server.url, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == '__main__':
    main()

"""Digests and flood messages as Slack takes them: at most 50 blocks, 3,000 characters a section, and words of data never become marks or mentions."""
import re

ICONS = {'critical': ':rotating_light:', 'warning': ':warning:', 'info': ':information_source:'}
MAX_SECTION, MAX_SECTIONS, MAX_LINE, MAX_HEADER = 3000, 40, 600, 150
NAMED_IN_FLOOD = 10


def escape(text):
    """Data as Slack's mrkdwn: no mention, no link, one line."""
    text = re.sub(r'[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f]+', ' ', str(text)).strip()
    if len(text) > MAX_LINE:
        text = text[:MAX_LINE - 1] + '…'
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def sections(lines):
    """Lines packed into as few sections as the limit allows; (blocks, number of lines in them)."""
    texts, packed = [], 0
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= MAX_SECTION:
            texts[-1] += '\n' + line
        elif len(texts) < MAX_SECTIONS:
            texts.append(line)
        else:
            break
        packed += 1
    return [{'type': 'section', 'text': {'type': 'mrkdwn', 'text': text}} for text in texts], packed


def context(items, dashboard):
    times = sorted(item['event_time'] for item in items if item['event_time'])
    parts = ['for *%s*' % escape(items[0]['owner'])]
    if times:
        parts.append('changed %s UTC' % times[0] if times[0] == times[-1] else 'changed %s to %s UTC' % (times[0], times[-1][-8:] if times[0][:10] == times[-1][:10] else times[-1]))
    if dashboard:
        parts.append('<%s|dashboard>' % dashboard)
    return {'type': 'context', 'elements': [{'type': 'mrkdwn', 'text': ' · '.join(parts)}]}


def header(text):
    return {'type': 'header', 'text': {'type': 'plain_text', 'text': text[:MAX_HEADER], 'emoji': True}}


def worst(items):
    return min((item['severity'] for item in items), key=lambda severity: list(ICONS).index(severity) if severity in ICONS else 9)


def digest(channel, rule, items, dashboard=''):
    """(payload, number of items named): one message for hits of one rule."""
    blocks, named = sections(['• ' + escape(item['message']) for item in items])
    title = '%s %s%s' % (ICONS.get(worst(items), ''), rule, ': %d' % len(items) if len(items) > 1 else '')
    return {'channel': channel, 'username': 'shop', 'text': '%s: %s' % (rule, escape(items[0]['message'])) + (' and %d more' % (len(items) - 1) if len(items) > 1 else ''),
            'blocks': [header(title), *blocks, context(items, dashboard)]}, named


def flood(channel, rule, items, dashboard=''):
    """(payload, number of items named): one message that stands for many, the first of them named."""
    blocks, named = sections(['• ' + escape(item['message']) for item in items[:NAMED_IN_FLOOD]])
    more = len(items) - named
    tail = '… and *%s more*, see %s' % (format(more, ','), '<%s|dashboard>' % dashboard if dashboard else 'the dashboard')
    return {'channel': channel, 'username': 'shop', 'text': '%s: %d at once; %d more, see dashboard' % (rule, len(items), more),
            'blocks': [header(':ocean: %s %s: %s at once' % (ICONS.get(worst(items), ''), rule, format(len(items), ','))), *blocks,
                       {'type': 'section', 'text': {'type': 'mrkdwn', 'text': tail}}, context(items, dashboard)]}, named


def plain(payload):
    """The same message without blocks: for a receiver that refuses them."""
    words = [block['text']['text'] for block in payload.get('blocks', []) if block.get('text')]
    return {'channel': payload['channel'], 'username': payload['username'], 'text': '\n'.join(words)[:30000] or payload['text']}


def in_doubt(payload):
    """Says that it may have come before."""
    note = {'type': 'context', 'elements': [{'type': 'mrkdwn', 'text': ':repeat: perhaps a repeat: sending was broken off before it was known whether this arrived'}]}
    return {**payload, 'blocks': payload['blocks'] + [note]} if payload.get('blocks') else {**payload, 'text': payload['text'] + '\n(perhaps a repeat)'}

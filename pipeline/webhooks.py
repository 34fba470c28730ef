"""Where messages of the two channels go: the stand-in, or the Slack that PIPELINE_SLACK_OPS_FILE and PIPELINE_SLACK_SHOP_FILE say.

A webhook's address is a secret: it goes from file to file and is never shown.
"""
import os
import urllib.parse

from layout import write_file
from processes import PartError

CHANNELS = {'shop': ('spark', 'the Spark job'), 'ops': ('alertmanager', 'Alertmanager')}      # channel: (part that sends there, in words)


def variable(channel):
    return 'PIPELINE_SLACK_%s_FILE' % channel.upper()


def is_address(text):
    """As the job judges it (shopcdc.notify.Webhook)."""
    try:
        parts = urllib.parse.urlsplit(text)
        return bool(parts.scheme in ('http', 'https') and parts.hostname and text.isascii() and text.isprintable() and ' ' not in text and (parts.port or True))
    except ValueError:
        return False


def wanted(layout, channel):
    """The address by the environment. PartError says what is wrong with the file."""
    path = os.environ.get(variable(channel))
    if not path:
        return layout.url('slack', '/services/T/B/%s' % channel)
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read().strip()
    except OSError as error:
        raise mistake(channel, path, 'cannot be read: %s' % error.strerror) from None
    except ValueError:
        raise mistake(channel, path, 'is no text') from None
    if not text:
        raise mistake(channel, path, 'is empty')
    if not is_address(text):
        raise mistake(channel, path, 'holds no http(s) address')
    return text


def mistake(channel, path, what):
    return PartError('%s=%s %s; put the webhook alone into that file, one line https://…, or unset the variable to take the stand-in'
                     % (variable(channel), path, what))


def write(layout, running):
    """Both, at every start. running(part): whether it runs. What changes for a running part is given back, a line each."""
    found = {channel: wanted(layout, channel) for channel in CHANNELS}      # both are judged before one is written
    return [line for channel, text in found.items() for line in put(layout, channel, text, running)]


def put(layout, channel, text, running):
    places = [layout.secret_path('slack_' + channel)]
    if channel == 'ops':        # Alertmanager has a copy in its folder
        places += [path for path in [layout.path('alertmanager', 'secrets', 'slack_ops')] if os.path.exists(path)]
    changed = [before for before in map(held, places) if before not in (None, text)]
    layout.put_secret('slack_' + channel, text)
    for path in places[1:]:
        write_file(path, text + '\n', 0o600)
    part, words = CHANNELS[channel]
    if changed and running(part):
        origin = 'the file that %s names' % variable(channel) if os.environ.get(variable(channel)) else 'the stand-in, for %s is not set' % variable(channel)
        # Both read their file again for every message.
        yield 'webhook of #%s is now that of %s; %s runs and takes it with its next message' % (channel, origin, words)


def held(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        return None

"""Prometheus' HTTP API."""
import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def words(error):
    """What the server says about a refusal, as JSON or otherwise."""
    text = error.read().decode(errors='replace')
    try:
        return json.loads(text)['error']
    except (ValueError, KeyError):
        return '%s: %s' % (error, text.strip()[:200])


class Server:
    def __init__(self, url):
        self.url = url.rstrip('/')

    def get(self, path, **arguments):
        """The data of an answer; ValueError with the server's own words if it refuses."""
        request = urllib.request.Request('%s/api/v1/%s?%s' % (self.url, path, urllib.parse.urlencode(arguments)))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)['data']
        except urllib.error.HTTPError as error:
            raise ValueError(words(error)) from error
        except OSError as error:
            sys.exit('no answer from %s: %s' % (self.url, error))

    def query(self, expression):
        return self.get('query', query=expression)['result']

    def range(self, expression, start, end, step):
        return self.get('query_range', query=expression, start=start, end=end, step=step)['result']

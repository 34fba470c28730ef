"""What people see: steps, live numbers and records, the closing table. Redrawn in place on a terminal, plain lines elsewhere."""
import os
import shutil
import sys
import time

TTY = sys.stdout.isatty()


def paint(code, text):
    return '\x1b[%sm%s\x1b[0m' % (code, text) if TTY else text


def bold(text):
    return paint('1', text)


def dim(text):
    return paint('2', text)


def good(text):
    return paint('1;32', text)


def bad(text):
    return paint('1;31', text)


def put(text):
    """Onto the standard output. Whoever read it may have gone (| head): what was begun goes on, and nobody is told."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(text=''):
    put('%s\n' % text)


class Step:
    """with Step('PostgreSQL'): …   prints the name at once and how it went at the end."""

    def __init__(self, name):
        self.name, self.note = name, ''

    def __enter__(self):
        self.started = time.monotonic()
        put('  %-34s' % self.name)
        return self

    def __exit__(self, kind, error, trace):
        seconds = time.monotonic() - self.started
        say((good('ok') if error is None else bad('failed')) + dim('  %4.1f s  ' % seconds) + self.note)


class Live:
    """A block of lines that is drawn again and again; where there is no terminal, one line every two seconds."""

    def __init__(self):
        self.drawn, self.last_line, self.events = 0, 0.0, []

    def event(self, text):
        self.events.append(text)
        if not TTY:
            say('  ' + text)

    def draw(self, seconds, numbers, topics, samples):
        if TTY:
            self._redraw(seconds, numbers, topics, samples)
        elif time.monotonic() - self.last_line >= 2:
            self.last_line = time.monotonic()
            say('  %3.0f s  ' % seconds + '  '.join('%s %s' % item for item in numbers))
            for sample in samples[-1:]:
                say('         ' + sample[:120])

    def _redraw(self, seconds, numbers, topics, samples):
        width = shutil.get_terminal_size((110, 40)).columns
        lines = ['  %s   %s' % (bold('%3.0f s' % seconds), '   '.join('%s %s' % (dim(name), bold(value)) for name, value in numbers)), '']
        widest = max([rate for _, _, rate in topics] + [1.0])
        for topic, count, rate in topics:
            lines.append('  %-24s %9s  %7.0f/s  %s' % (topic, '{:,}'.format(count), rate, paint('36', '█' * round(rate / widest * 30))))
        lines += [''] + ['  ' + dim(sample[:width - 4]) for sample in samples[-4:]] + [''] + ['  ' + event for event in self.events[-3:]]
        if self.drawn:
            put('\x1b[%dA\x1b[J' % self.drawn)
        self.drawn = len(lines)
        say('\n'.join(lines))


def table(rows):
    """rows: (name, value, note, fine) with fine True, False or None (no judgement)."""
    say()
    for name, value, note, fine in rows:
        mark = ' ' if fine is None else good('✓') if fine else bad('✗')
        say('  %s %-38s %14s  %s' % (mark, name, value, dim(note)))
    say()

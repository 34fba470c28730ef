"""Processes that outlive us: started in a session of their own, found again by pid and start time, ended with their children."""
import glob
import os
import signal
import socket
import subprocess
import time


_started = []   # Popen objects of this very process


class PartError(Exception):
    """Why a part did not start or stop; the text is for people."""


def _stat(pid):
    """(state, process group, session, start time); None if there is no such process."""
    try:
        with open('/proc/%d/stat' % pid) as file:
            words = file.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return words[0], int(words[2]), int(words[3]), int(words[19])


def identity(pid):
    found = _stat(pid)
    return {'pid': pid, 'started': found[3]} if found else None


def alive(entry):
    """Is it still that very process? Pids come again, start times do not."""
    found = _stat(entry['pid']) if entry else None
    return found is not None and found[0] != 'Z' and found[3] == entry['started']


def session_members(session):
    pids = (int(os.path.basename(path)) for path in glob.glob('/proc/[0-9]*'))
    found = ((pid, _stat(pid)) for pid in pids)
    return [pid for pid, stat in found if stat and stat[2] == session and stat[0] != 'Z']


def spawn(command, log_path, env=None, user=None, cwd='/'):
    """Starts it in a session of its own, output appended to the log. user: run as that user if we are root."""
    if user and os.geteuid() == 0:
        command = ['setpriv', '--reuid=' + user, '--regid=nogroup', '--clear-groups', *command]
    os.makedirs(os.path.dirname(log_path), exist_ok=True)
    with open(log_path, 'ab') as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=cwd,
                                   env=dict(os.environ, **(env or {})))
    _started.append(process)
    return process


def end(entry, seconds=30, first=signal.SIGTERM):
    """Ends the process and everything in its session; SIGKILL to what is left after `seconds`."""
    if not entry:
        return
    session = entry['pid']
    if alive(entry):
        os.kill(entry['pid'], first)
    if not wait_gone(session, entry, seconds):
        for pid in session_members(session):
            kill(pid)
        wait_gone(session, entry, 10)


def kill_now(entry):
    """SIGKILL to the whole session, gone when this returns."""
    for pid in session_members(entry['pid']):
        kill(pid)
    wait_gone(entry['pid'], entry, 10)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_gone(session, entry, seconds):
    """Whether the session is empty within the time. Children that stay when the leader is gone are ended too."""
    deadline, asked = time.monotonic() + seconds, False
    while True:
        reap()
        members = session_members(session)
        if not members:
            return True
        if not alive(entry) and not asked:
            asked = True
            for pid in members:
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def reap():
    """Those of our own children that ended must not stay as zombies."""
    for process in list(_started):
        if process.poll() is not None:
            _started.remove(process)


def port_taken(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return True
    return False


def port_owner(port):
    """'name (pid N)' of who listens, '' if we may not see it."""
    inodes = set()
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        try:
            with open(table) as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        inodes |= {'socket:[%s]' % row[9] for row in rows if row[3] == '0A' and int(row[1].rpartition(':')[2], 16) == port}
    for link in glob.glob('/proc/[0-9]*/fd/*'):
        try:
            if os.readlink(link) in inodes:
                pid = link.split('/')[2]
                with open('/proc/%s/comm' % pid) as file:
                    return '%s (pid %s)' % (file.read().strip(), pid)
        except OSError:
            continue
    return ''

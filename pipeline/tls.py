#!/usr/bin/env python3
"""tls.py [show|renew]   The pipeline's own certificate authority and the certificates of its servers (TLS=1).

renew makes new keys and certificates for PostgreSQL and Kafka and has both take them while they run: the one reads its files again, the
other is told over its own protocol. Connections that stand are not cut, so nothing has to be sent again.
"""
import argparse
import os
import shutil
import subprocess
import sys

import database
from layout import write_file

from harness.wait import until

DAYS = 397      # what browsers and most clients still take
SERVERS = ('postgres', 'kafka')


def openssl(*words, text=None):
    done = subprocess.run(['openssl', *words], capture_output=True, text=True, input=text)
    if done.returncode:
        raise AssertionError('openssl %s: %s' % (words[0], done.stderr.strip()[-300:]))
    return done.stdout


def make_authority(folder, name='Penstock pipeline CA'):
    """folder/ca.pem and ca.key, unless they are there."""
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(os.path.join(folder, 'ca.pem')):
        return
    with_key(lambda key, made: openssl('req', '-x509', *NEW_KEY, '-keyout', key, '-out', made, '-subj', '/CN=' + name, '-days', '3650',
                                       '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'),
             os.path.join(folder, 'ca.key'), os.path.join(folder, 'ca.pem'))


NEW_KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')


def with_key(make, key, made):
    """make(key, made) into files beside the wanted ones; the key never is readable to others."""
    old = os.umask(0o077)
    try:
        make(key + '.fresh', made + '.fresh')
    finally:
        os.umask(old)
    os.chmod(made + '.fresh', 0o644)
    os.replace(key + '.fresh', key)
    os.replace(made + '.fresh', made)


def issue(folder, name, hosts=('localhost',), addresses=('127.0.0.1',), days=DAYS, authority=None):
    """folder/NAME.crt, NAME.key, and both in NAME.pem as Kafka reads it. days < 0: has expired already. authority: folder of the CA."""
    authority = authority or folder
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    extensions = path + '.ext'
    names = ['DNS:' + host for host in hosts] + ['IP:' + address for address in addresses]
    write_file(extensions, 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' % ','.join(names))

    def make(key, certificate):
        request = openssl('req', *NEW_KEY, '-keyout', key, '-subj', '/CN=' + name)
        openssl('x509', '-req', '-CA', os.path.join(authority, 'ca.pem'), '-CAkey', os.path.join(authority, 'ca.key'), '-CAcreateserial',
                '-days', str(days), '-extfile', extensions, '-out', certificate, text=request)
    with_key(make, path + '.key', path + '.crt')
    os.remove(extensions)
    with open(path + '.key') as key, open(path + '.crt') as certificate:
        write_file(path + '.pem', key.read() + certificate.read(), 0o600)


def prepare(layout):
    """Authority and certificates, unless they are there."""
    folder = layout.folder('tls')
    make_authority(folder)
    for name in SERVERS:
        if not os.path.exists(os.path.join(folder, name + '.pem')):
            issue(folder, name)


def give_to_postgres(layout):
    """PostgreSQL wants key and certificate where its user may read them."""
    for name, mode in (('postgres.crt', 0o644), ('postgres.key', 0o600)):
        place = layout.path('postgres', name)
        shutil.copyfile(layout.path('tls', name), place + '.fresh')
        os.chmod(place + '.fresh', mode)
        if os.geteuid() == 0:
            shutil.chown(place + '.fresh', 'nobody', 'nogroup')
        os.replace(place + '.fresh', place)


def serial(layout, name):
    return openssl('x509', '-in', layout.path('tls', name + '.crt'), '-noout', '-serial').strip().partition('=')[2]


def shown_serial(layout, name):
    """Of the certificate that the server shows to who connects now."""
    words = ['-starttls', 'postgres'] if name == 'postgres' else []
    done = subprocess.run(['openssl', 's_client', *words, '-connect', '127.0.0.1:%d' % layout.port(name)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    return done.returncode == 0 and openssl('x509', '-noout', '-serial', text=done.stdout).strip().partition('=')[2]


def renew(layout):
    """{server: (old serial, new serial)}; both servers show the new ones when this returns."""
    import secure_kafka     # which needs this module in turn
    before = {name: serial(layout, name) for name in SERVERS}
    for name in SERVERS:
        issue(layout.path('tls'), name)
    give_to_postgres(layout)
    database.Shop(layout).query('SELECT pg_reload_conf()', database='postgres')
    old = secure_kafka.reload_keystore(layout)
    for name in SERVERS:
        until(lambda name=name: shown_serial(layout, name) == serial(layout, name), '%s to show its new certificate' % name)
    for path in old:
        os.remove(path)
    return {name: (before[name], serial(layout, name)) for name in SERVERS}


def main():
    import stack
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('action', nargs='?', choices=('show', 'renew'), default='show')
    options = parser.parse_args()
    found = [layout for layout in stack.layouts() if layout.tls]
    if not found:
        print('no pipeline with TLS: TLS=1 scripts/start-pipeline.sh')
        return 1
    if options.action == 'renew':
        for name, (old, new) in renew(found[0]).items():
            print('%s: certificate %s replaced by %s' % (name, old, new))
    for name in ('ca', *SERVERS):
        path = found[0].path('tls', name + ('.pem' if name == 'ca' else '.crt'))
        print(name + ': ' + ' '.join(openssl('x509', '-in', path, '-noout', '-subject', '-enddate').split('\n')))
    return 0


if __name__ == '__main__':
    sys.exit(main())

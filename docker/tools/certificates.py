"""certificates.py FOLDER   The authority, once, and new certificates for PostgreSQL and Kafka, each key for the user of its server's image."""
import os
import sys

sys.path[1:1] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'pipeline')]
import tls  # noqa: E402

# The users of the images: postgres in Debian's, appuser in Kafka's.
USERS = {'postgres': int(os.environ.get('POSTGRES_UID', '999')), 'kafka': int(os.environ.get('KAFKA_UID', '1000'))}


def main():
    folder = sys.argv[1]
    os.chmod(folder, 0o755)
    tls.make_authority(folder)
    for name, user in USERS.items():
        tls.issue(folder, name, hosts=(name, 'localhost'))
        for ending in ('.key', '.crt', '.pem'):
            os.chown(os.path.join(folder, name + ending), user, user)
        print('%s: certificate for %s, %s' % (folder, name, tls.openssl('x509', '-in', os.path.join(folder, name + '.crt'), '-noout', '-enddate').strip()))


if __name__ == '__main__':
    main()

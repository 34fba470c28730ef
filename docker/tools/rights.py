"""rights.py BOOTSTRAP FOLDER   Gives Kafka's users the rights of pipeline/secure_kafka.py, as user admin. FOLDER has ca.pem."""
import os
import sys

sys.path[1:1] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'pipeline')]
import secure_kafka  # noqa: E402


class Containers:
    """What pipeline/broker.py asks of a layout."""
    tls = True

    def __init__(self, bootstrap, folder):
        self.bootstrap, self.folder = bootstrap, folder

    def path(self, *names):
        return os.path.join(self.folder, names[-1])

    @staticmethod
    def secret(name):
        with open(os.path.join('/run/secrets', name)) as file:
            return file.read().strip()


if __name__ == '__main__':
    secure_kafka.grant(Containers(*sys.argv[1:]))
    print('rights granted to %s' % ', '.join(sorted(secure_kafka.RIGHTS)))

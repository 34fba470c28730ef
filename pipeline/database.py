"""The shop's database: connections, and its making at the first start."""
import contextlib
import os
import shutil

import psycopg2

from layout import ROOT, write_file

from harness.servers import Postgres


class Shop(Postgres):
    """The pipeline's server as the harness knows servers; its superuser asks with TLS and a password when TLS=1."""

    def __init__(self, layout):
        self.layout = layout
        super().__init__(layout.pg_config, layout.path('postgres'), layout.port('postgres'))

    def connect(self, database='shop', user='postgres', **options):
        # localhost is the name in the certificate, hostaddr keeps it from ::1.
        if self.layout.tls:
            options = {'sslmode': 'verify-full', 'sslrootcert': self.layout.path('tls', 'ca.pem'), 'hostaddr': '127.0.0.1',
                       'password': self.layout.secret('postgres_superuser_password'), **options}
        connection = psycopg2.connect(host=self.layout.host, port=self.port, dbname=database, user=user, connect_timeout=10, **options)
        connection.autocommit = True
        return connection

    def exists(self):
        return self.value("SELECT count(*) FROM pg_database WHERE datname = 'shop'", database='postgres') > 0


HBA = """# Written by the pipeline at each start.
{postgres}
{kind} all         all         127.0.0.1/32  scram-sha-256
{kind} replication all         127.0.0.1/32  scram-sha-256
"""


def write_hba(layout):
    """Who may come in. Without TLS the superuser may come from this host without a password; everybody else has one. With TLS there is
    no way in but TLS and SCRAM; only until the superuser's password is set is there the socket, in a folder that others cannot enter."""
    if not layout.tls:
        first = 'host all postgres 127.0.0.1/32 trust'
    else:
        first = '' if has_password(layout) else 'local all postgres trust'
    write_file(layout.path('postgres', 'pg_hba.conf'), HBA.format(postgres=first, kind='hostssl' if layout.tls else 'host'))
    if layout.tls and os.geteuid() == 0:
        shutil.chown(layout.path('postgres'), 'nobody', 'nogroup')
    os.chmod(layout.path('postgres'), 0o700 if layout.tls else 0o755)


def has_password(layout):
    return os.path.exists(layout.path('postgres', 'password-is-set'))


def set_first_password(shop):
    """The superuser's, over the socket; then the socket is closed to everybody."""
    layout = shop.layout
    with contextlib.closing(psycopg2.connect(host=layout.path('postgres'), port=shop.port, dbname='postgres', user='postgres')) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute('ALTER ROLE postgres PASSWORD %s', (layout.secret('postgres_superuser_password'),))
            write_file(layout.path('postgres', 'password-is-set'), '')
            write_hba(layout)
            cursor.execute('SELECT pg_reload_conf()')


def create(shop):
    """Whether the shop had to be made. All of it or nothing: a broken-off start begins anew."""
    if shop.layout.tls and not has_password(shop.layout):
        set_first_password(shop)
    roles(shop)
    if shop.exists():
        return False
    shop.query('DROP DATABASE IF EXISTS shop_fresh', database='postgres')
    shop.query('CREATE DATABASE shop_fresh', database='postgres')
    with open(os.path.join(ROOT, 'demo', 'schema.sql')) as file:
        text = file.read()
    with contextlib.closing(shop.connect('shop_fresh')) as connection, connection.cursor() as cursor:
        cursor.execute('CREATE EXTENSION penstock')
        cursor.execute(text)
        cursor.execute('GRANT USAGE ON SCHEMA shop TO penstock')
        cursor.execute('GRANT SELECT ON ALL TABLES IN SCHEMA shop TO penstock')
    shop.query('ALTER DATABASE shop_fresh RENAME TO shop', database='postgres')
    return True


def roles(shop):
    """penstock for the relay, monitor for the exporter; passwords from files."""
    known = {row[0] for row in shop.query('SELECT rolname FROM pg_roles', database='postgres')}
    for role, rights, secret in (('penstock', 'LOGIN REPLICATION', 'relay_database_password'), ('monitor', 'LOGIN', 'monitor_database_password')):
        if role not in known:
            shop.query('CREATE ROLE %s %s' % (role, rights), database='postgres')
        shop.query('ALTER ROLE %s PASSWORD %%s' % role, shop.layout.secret(secret), database='postgres')
    shop.query('GRANT pg_monitor TO monitor', database='postgres')
    if shop.value("SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'", database='postgres'):
        shop.query('ALTER ROLE penstock SET output_plugin_libraries = pgoutput, test_decoding, penstock', database='postgres')

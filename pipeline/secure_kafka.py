"""The broker with TLS=1: SASL_SSL for clients (SCRAM-SHA-512), TLS with certificates for the controller, and rights that are no more than needed."""
import glob
import os
import shutil
import subprocess

import confluent_kafka as ck
from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, AlterConfigOpType, ConfigEntry, ConfigResource, ResourcePatternType,
                                   ResourceType)

import broker
import tls
from layout import DEAD_LETTERS, write_file

USERS = ('broker', 'admin', 'relay', 'spark')
PREFIXED, LITERAL = ResourcePatternType.PREFIXED, ResourcePatternType.LITERAL
ANY = (AclOperation.DESCRIBE, AclOperation.READ)

# user: (kind of resource, its name, how the name is meant, operations)
RIGHTS = {
    'relay': [
        # makes the topics and writes them; reads settings of topics to warn of those that break a promise
        (ResourceType.TOPIC, 'shop.', PREFIXED, (AclOperation.CREATE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS, AclOperation.WRITE)),
        (ResourceType.TOPIC, '__debezium-heartbeat.shop', LITERAL, (AclOperation.CREATE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS, AclOperation.WRITE)),
        # its position: written with every batch, read at each start
        (ResourceType.TOPIC, '__penstock.penstock_shop', LITERAL, (AclOperation.CREATE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS,
                                                                   AclOperation.WRITE, AclOperation.READ)),
    ],
    'spark': [
        (ResourceType.TOPIC, 'shop.shop.', PREFIXED, ANY),
        (ResourceType.TOPIC, DEAD_LETTERS, LITERAL, (AclOperation.DESCRIBE, AclOperation.READ, AclOperation.WRITE)),
        # spark-streaming shows the progress; spark-kafka-source-… are the names under which Spark itself reads
        (ResourceType.GROUP, 'spark-', PREFIXED, ANY),
    ],
}


def properties(layout):
    """Lines of server.properties; they hold a password, so the file is a secret."""
    port, controller, pem = layout.port('kafka'), layout.port('kafka-controller'), layout.path('tls', 'kafka.pem')
    clients = {'SASL_SSL': (port, pem), **layout.more_listeners}
    lines = []
    for name, (number, file) in clients.items():
        prefix = 'listener.name.%s.' % name.lower()
        lines += [prefix + 'ssl.keystore.type=PEM', prefix + 'ssl.keystore.location=' + file,
                  prefix + 'scram-sha-512.sasl.jaas.config=' + broker.jaas(layout, 'broker')]
    return lines + [
        'controller.quorum.voters=1@127.0.0.1:%d' % controller,
        'listeners=' + ','.join('%s://127.0.0.1:%d' % item for item in [*((name, place[0]) for name, place in clients.items()), ('CONTROLLER', controller)]),
        'advertised.listeners=' + ','.join('%s://localhost:%d' % (name, place[0]) for name, place in clients.items()),
        'listener.security.protocol.map=' + ','.join('%s:SASL_SSL' % name for name in clients) + ',CONTROLLER:SSL',
        'inter.broker.listener.name=SASL_SSL',
        'sasl.enabled.mechanisms=SCRAM-SHA-512',
        'sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512',
        'ssl.keystore.type=PEM', 'ssl.keystore.location=' + pem,
        'ssl.truststore.type=PEM', 'ssl.truststore.location=' + layout.path('tls', 'ca.pem'),
        'listener.name.controller.ssl.client.auth=required',
        'ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT',
        'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found=false',
        # kafka is the name in the broker's own certificate, by which the controller knows it.
        'super.users=User:broker;User:admin;User:kafka',
    ]


def format_folder(layout, words, cluster, settings):
    """StorageTool with the users' passwords in a file of arguments, which Java reads: command lines are readable to everybody."""
    arguments = words + ['-Xmx128m', 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', settings]
    for user in USERS:
        arguments += ['--add-scram', 'SCRAM-SHA-512=[name=%s,password=%s]' % (user, layout.secret('kafka_' + user))]
    path = layout.path('secrets', 'kafka-format.args')
    write_file(path, '\n'.join('"%s"' % word.replace('\\', '\\\\').replace('"', '\\"') for word in arguments) + '\n', 0o600)
    try:
        return subprocess.run(['java', '@' + path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    finally:
        os.remove(path)


def bindings(user):
    return [AclBinding(kind, name, pattern, 'User:' + user, '*', operation, AclPermissionType.ALLOW)
            for kind, name, pattern, operations in RIGHTS[user] for operation in operations]


def grant(layout):
    """Every right of RIGHTS; those that stand already are no error."""
    held = broker.admin(layout)
    for made in held.create_acls([binding for user in RIGHTS for binding in bindings(user)]).values():
        made.result()


def write_admin_properties(layout):
    """For Kafka's own tools: --command-config."""
    write_file(layout.path('secrets', 'admin.properties'), ''.join('%s=%s\n' % item for item in broker.java(layout).items() if item[0] != 'bootstrap.servers'), 0o600)


def reload_keystore(layout):
    """The broker shows the newest certificate from now on. It reads a keystore when its location changes, so each has a place of its own,
    which the broker remembers over restarts."""
    folder = layout.path('tls')
    fresh = os.path.join(folder, 'kafka-%s.pem' % tls.serial(layout, 'kafka'))
    shutil.copy(os.path.join(folder, 'kafka.pem'), fresh)
    held = broker.admin(layout)
    entry = ConfigEntry('listener.name.sasl_ssl.ssl.keystore.location', fresh, incremental_operation=AlterConfigOpType.SET)
    for done in held.incremental_alter_configs([ConfigResource(ck.admin.ResourceType.BROKER, '1', incremental_configs=[entry])]).values():
        done.result()
    return [path for path in glob.glob(os.path.join(folder, 'kafka-*.pem')) if path != fresh]

"""The broker with TLS=1: SASL_SSL for clients (SCRAM-SHA-512), TLS with certificates for the controller, and rights that are no more than needed."""
import os
import subprocess

import confluent_kafka as ck
from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, AlterConfigOpType, ConfigEntry, ConfigResource, ResourcePatternType,
                                   ResourceType)

import broker
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
    return [
        'controller.quorum.voters=1@127.0.0.1:%d' % controller,
        'listeners=SASL_SSL://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d' % (port, controller),
        'advertised.listeners=SASL_SSL://localhost:%d' % port,
        'listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL',
        'inter.broker.listener.name=SASL_SSL',
        'sasl.enabled.mechanisms=SCRAM-SHA-512',
        'sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512',
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=' + broker.jaas(layout, 'broker'),
        *('%sssl.keystore.%s' % (prefix, value) for prefix in ('', 'listener.name.sasl_ssl.') for value in ('type=PEM', 'location=' + pem)),
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
    """The broker reads its certificate again when its location is set, to the same place too."""
    held = broker.admin(layout)
    entry = ConfigEntry('listener.name.sasl_ssl.ssl.keystore.location', layout.path('tls', 'kafka.pem'), incremental_operation=AlterConfigOpType.SET)
    for done in held.incremental_alter_configs([ConfigResource(ck.admin.ResourceType.BROKER, '1', incremental_configs=[entry])]).values():
        done.result()

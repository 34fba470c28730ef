"""Kafka's clients for this pipeline: how to reach it, what is in a topic, what the groups have read."""
import confluent_kafka as ck
import confluent_kafka.admin

from layout import DEAD_LETTERS, TABLES


def client(layout, user='admin'):
    """librdkafka's settings to reach the broker as `user` (who is asked for with TLS only)."""
    settings = {'bootstrap.servers': layout.bootstrap, 'socket.connection.setup.timeout.ms': 5000, 'broker.address.family': 'v4',
                'log_level': 2, 'error_cb': lambda error: None}
    if layout.tls:
        settings.update({'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': user,
                         'sasl.password': layout.secret('kafka_' + user), 'ssl.ca.location': layout.path('tls', 'ca.pem')})
    return settings


def java(layout, user='admin'):
    """The same by the names of Java's clients."""
    settings = {'bootstrap.servers': layout.bootstrap}
    if layout.tls:
        settings.update({'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', 'ssl.truststore.type': 'PEM',
                         'ssl.truststore.location': layout.path('tls', 'ca.pem'), 'sasl.jaas.config': jaas(layout, user)})
    return settings


def jaas(layout, user):
    return 'org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="%s";' % (user, layout.secret('kafka_' + user))


def admin(layout):
    return confluent_kafka.admin.AdminClient(client(layout))


def answers(layout):
    try:
        return bool(admin(layout).list_topics(timeout=2).brokers)
    except ck.KafkaException:
        return False


def topic(table):
    return 'shop.shop.' + table


TOPICS = tuple(topic(table) for table in TABLES)


def ends(layout, names):
    """{(topic, partition): end offset}; topics that do not exist are left out."""
    consumer = ck.Consumer({**client(layout), 'group.id': 'penstock-check', 'enable.auto.commit': False})
    try:
        listed = consumer.list_topics(timeout=15).topics
        return {(name, number): consumer.get_watermark_offsets(ck.TopicPartition(name, number), timeout=15, cached=False)[1]
                for name in names if name in listed for number in listed[name].partitions}
    finally:
        consumer.close()


def tool_arguments(layout):
    """What Kafka's own tools must be told to reach the broker."""
    return ['--bootstrap-server', layout.bootstrap, *(['--command-config', layout.path('secrets', 'admin.properties')] if layout.tls else [])]


def make_topics(layout):
    """Those that no relay makes: the job's dead letters."""
    held = admin(layout)
    for name, made in held.create_topics([confluent_kafka.admin.NewTopic(DEAD_LETTERS, 1, 1)]).items():
        try:
            made.result()
        except ck.KafkaException as error:
            if error.args[0].code() != ck.KafkaError.TOPIC_ALREADY_EXISTS:
                raise AssertionError('topic %s: %s' % (name, error)) from None

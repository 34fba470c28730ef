"""Commits what a query has worked through to a consumer group, so that Kafka's own tools show the job's lag.

Spark keeps its offsets in the checkpoint; those count. The group only shows them: nothing is read from it.
"""
import logging
import threading

from confluent_kafka import Consumer, KafkaException, TopicPartition

log = logging.getLogger('shopcdc.progress')
JAAS = ('username', 'password')


def librdkafka(java):
    """librdkafka's names for the Java client's settings that matter for a connection."""
    made = {name: java[name] for name in ('bootstrap.servers', 'security.protocol', 'sasl.mechanism', 'ssl.endpoint.identification.algorithm') if java.get(name)}
    if java.get('ssl.truststore.location') and java.get('ssl.truststore.type', 'JKS').upper() == 'PEM':
        made['ssl.ca.location'] = java['ssl.truststore.location']
    if java.get('ssl.truststore.certificates'):
        made['ssl.ca.pem'] = java['ssl.truststore.certificates']
    if java.get('ssl.keystore.location') and java.get('ssl.keystore.type', 'JKS').upper() == 'PEM':
        made['ssl.certificate.location'] = made['ssl.key.location'] = java['ssl.keystore.location']
    for name in JAAS:
        value = jaas(java.get('sasl.jaas.config', ''), name)
        if value is not None:
            made['sasl.' + name] = value
    return made


def jaas(text, name):
    """The value of name="…" in a JAAS line; \\" and \\\\ are as Java reads them."""
    at = text.find(name + '="')
    if at < 0:
        return None
    made, position = [], at + len(name) + 2
    while position < len(text) and text[position] != '"':
        if text[position] == '\\':
            position += 1
        made.append(text[position:position + 1])
        position += 1
    return ''.join(made)


class Progress:
    """One thread; the newest ends win, a broker that is away is asked again later."""

    def __init__(self, kafka, group):
        self.settings = {**librdkafka(kafka), 'group.id': group, 'enable.auto.commit': False, 'log_level': 0,
                         'error_cb': lambda error: log.debug('%s', error)}
        self.ends, self.changed, self.stopping = {}, threading.Event(), False
        self.thread = threading.Thread(target=self._run, name='progress', daemon=True)

    def start(self):
        self.thread.start()
        return self

    def update(self, ends):
        """{(topic, partition): next offset}; quick, from any thread."""
        self.ends = dict(ends)
        self.changed.set()

    def stop(self, timeout=10):
        self.stopping = True
        self.changed.set()
        self.thread.join(timeout)

    def commit(self, consumer, ends):
        consumer.commit(offsets=[TopicPartition(topic, partition, offset) for (topic, partition), offset in sorted(ends.items())], asynchronous=False)

    def _run(self):
        consumer = Consumer(self.settings)
        try:
            while True:
                self.changed.wait()
                self.changed.clear()
                ends, stopping = self.ends, self.stopping
                if ends:
                    try:
                        self.commit(consumer, ends)
                    except KafkaException as error:
                        log.warning('consumer group %s: %s', self.settings['group.id'], error)
                        if not stopping:
                            self.changed.set()
                            threading.Event().wait(2)
                if stopping:
                    return
        finally:
            consumer.close()

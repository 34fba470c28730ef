"""What the parts are told: the Spark job's configuration."""
import os

import broker
from layout import GROUP, ROOT, TABLES


def spark(layout):
    kafka = broker.java(layout, 'spark')
    if layout.tls:
        kafka['sasl.jaas.config'] = {'file': layout.put_secret('kafka_spark_jaas', kafka['sasl.jaas.config'])}
    return {
        'kafka': kafka,
        'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': list(TABLES)},
        'dir': layout.folder('spark'),
        'rules': os.environ.get('PIPELINE_RULES', os.path.join(ROOT, 'spark', 'rules.yml')),
        'trigger': os.environ.get('PIPELINE_TRIGGER', '5 seconds'),
        # A batch costs the same for ten records as for fifty thousand: what came during one fits into the next.
        'max_offsets_per_trigger': 200000,
        'metrics_port': layout.port('spark-job'),
        'ui_port': layout.port('spark-ui'),
        # The check looks for every hit by name: what a kill has piled up is told in longer digests and not as a flood.
        'notify': {'webhook_file': layout.secret_path('slack_shop'), 'channel': '#shop', 'digest_items': 60, 'flood_items': 5000},
        'group': GROUP,
        'master': os.environ.get('PIPELINE_SPARK_MASTER', 'local[2]'),
    }

"""The Spark session. What can differ between a laptop and a cluster comes from the configuration ("master", "spark")."""
import os

from pyspark.sql import SparkSession

DEFAULTS = {
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.ansi.enabled': 'false',
    'spark.driver.memory': '1g',
    'spark.driver.extraJavaOptions': '-XX:+UseSerialGC',
    'spark.sql.shuffle.partitions': '1',
    'spark.default.parallelism': '2',
    'spark.ui.showConsoleProgress': 'false',
    'spark.ui.retainedJobs': '200', 'spark.ui.retainedStages': '200', 'spark.ui.retainedTasks': '2000', 'spark.sql.ui.retainedExecutions': '100',
    # Batches are small: planning again in mid-flight, many state files and statistics of wide rows cost more than they bring.
    'spark.sql.adaptive.enabled': 'false',
    # Stages are small and read little: compiled as wholes they took no less time, and longer to start.
    'spark.sql.codegen.wholeStage': 'false',
    # A batch has some hundred pieces of code to compile, and they are the same each time; Spark keeps 100, and compiled all of them again.
    'spark.sql.codegen.cache.maxEntries': '20000',
    # The text of every plan is made for the UI before it runs.
    'spark.sql.ui.explainMode': 'simple', 'spark.sql.maxPlanStringLength': '4096',
    # What is merged is held already (held.py), and the same however often it is read.
    'spark.databricks.delta.merge.materializeSource': 'none',
    'spark.databricks.delta.snapshotPartitions': '1',
    'spark.databricks.delta.merge.repartitionBeforeWrite.enabled': 'true',
    'spark.databricks.delta.autoCompact.enabled': 'false',
    'spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols': '4',
    'spark.databricks.delta.properties.defaults.checkpointInterval': '20',
    'spark.databricks.delta.schema.autoMerge.enabled': 'false',
    'spark.sql.streaming.metricsEnabled': 'true',
    'spark.sql.streaming.numRecentProgressUpdates': '20',
    'spark.metrics.namespace': 'shopcdc',
    'spark.ui.prometheus.enabled': 'true',
    'spark.metrics.conf.*.sink.prometheusServlet.class': 'org.apache.spark.metrics.sink.PrometheusServlet',
    'spark.metrics.conf.*.sink.prometheusServlet.path': '/metrics/prometheus',
}


def create(config, ui=True, name='shopcdc'):
    """config: config.Config. PYSPARK_SUBMIT_ARGS names the jars (scripts/spark.sh)."""
    builder = SparkSession.builder.appName(name)
    if config.master:
        builder = builder.master(config.master)
    settings = {**DEFAULTS, 'spark.ui.enabled': str(ui).lower(), 'spark.ui.port': str(config.ui_port), 'spark.port.maxRetries': '0' if ui else '16',
                'spark.log.level': 'ERROR'}
    if config.master.startswith('local'):
        settings.update({'spark.driver.host': '127.0.0.1', 'spark.driver.bindAddress': '127.0.0.1'})
    settings['spark.sql.warehouse.dir'] = os.path.join(config.dir, 'warehouse')
    settings.update(config.spark)
    for key, value in settings.items():
        builder = builder.config(key, str(value))
    return builder.getOrCreate()

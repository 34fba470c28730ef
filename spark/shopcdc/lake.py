"""Delta tables by path: making them, reading them, and writes that happen once."""
import contextlib
import os

from delta.tables import DeltaTable

APP, VERSION = 'spark.databricks.delta.write.txnAppId', 'spark.databricks.delta.write.txnVersion'


def exists(path):
    """Cheap for local and mounted paths; elsewhere Delta is asked by the callers."""
    return os.path.isdir(os.path.join(path, '_delta_log'))


def ensure(spark, path, schema, properties=None, partitions=()):
    """Makes the table if it is not there, adds columns that came later. Returns the path."""
    if not exists(path):
        builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(schema)
        for name, value in (properties or {}).items():
            builder = builder.property(name, value)
        if partitions:
            builder = builder.partitionedBy(*partitions)
        builder.execute()
        return path
    have = {field.name for field in read(spark, path).schema}
    new = [field for field in schema if field.name not in have]
    if new:
        columns = ', '.join('`%s` %s' % (field.name, field.dataType.simpleString()) for field in new)
        spark.sql('ALTER TABLE delta.`%s` ADD COLUMNS (%s)' % (path, columns))
    return path


def read(spark, path, version=None):
    reader = spark.read.format('delta')
    if version is not None:
        reader = reader.option('versionAsOf', version)
    return reader.load(path)


def version(spark, path):
    """Number of the newest commit."""
    log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path)    # noqa: SLF001
    return log.update(False, getattr(spark._jvm, 'scala').Option.empty(), getattr(spark._jvm, 'scala').Option.empty()).version()   # noqa: SLF001


@contextlib.contextmanager
def once(spark, app, batch_id):
    """Writes inside, one a table, are left out by Delta when this batch has made them before."""
    spark.conf.set(APP, app)
    spark.conf.set(VERSION, str(batch_id))
    try:
        yield
    finally:
        spark.conf.unset(APP)
        spark.conf.unset(VERSION)

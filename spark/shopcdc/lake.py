"""Delta tables by path: making them, reading them, and writes that happen once."""
import os

from delta.tables import DeltaTable


def exists(path):
    """Cheap for local and mounted paths; elsewhere Delta is asked by the callers."""
    return os.path.isdir(os.path.join(path, '_delta_log'))


def ensure(spark, path, schema, properties=None, partitions=()):
    """Makes the table if it is not there, adds columns that came later. Gives whether it was made."""
    if not exists(path):
        builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(schema)
        for name, value in (properties or {}).items():
            builder = builder.property(name, value)
        if partitions:
            builder = builder.partitionedBy(*partitions)
        builder.execute()
        return True
    have = {field.name for field in read(spark, path).schema}
    new = [field for field in schema if field.name not in have]
    if new:
        columns = ', '.join('`%s` %s' % (field.name, field.dataType.simpleString()) for field in new)
        spark.sql('ALTER TABLE delta.`%s` ADD COLUMNS (%s)' % (path, columns))
    return False


def read(spark, path, version=None):
    reader = spark.read.format('delta')
    if version is not None:
        reader = reader.option('versionAsOf', version)
    return reader.load(path)


def _snapshot(spark, path):
    """Delta's own snapshot of the newest version; metadata of it costs no job."""
    none = getattr(spark._jvm, 'scala').Option.empty()      # noqa: SLF001
    return spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path).update(False, none, none)    # noqa: SLF001


def version(spark, path):
    """Number of the newest commit."""
    return _snapshot(spark, path).version()


def files(spark, path):
    """How many files the newest version has."""
    return _snapshot(spark, path).numOfFiles()


def size(spark, path):
    """Bytes of the files of the newest version."""
    return _snapshot(spark, path).sizeInBytes()


def property_of(spark, path, name, default=''):
    """A property of the table."""
    found = _snapshot(spark, path).metadata().configuration().get(name)
    return found.get() if found.isDefined() else default

"""Answers SQL over the lake: one JSON object a line. Views: every silver table by its name (rows that are there), silver_NAME (with the
job's own columns and deleted rows), gold_NAME, bronze, quarantine_NAME, outbox, dlq. Times have milliseconds: cast them to string for more.
"""
import argparse
import os
import sys

from pyspark.sql import types as T

from shopcdc import bronze, config as configuration, deadletter, lake, outbox, session


def views(spark, config):
    """Makes them; the names."""
    made = []

    def view(name, frame):
        frame.createOrReplaceTempView(name)
        made.append(name)
    for folder, prefix in (('silver', 'silver_'), ('gold', 'gold_'), ('quarantine', 'quarantine_')):
        for name in sorted(os.listdir(config.lake(folder))) if os.path.isdir(config.lake(folder)) else []:
            if lake.exists(config.lake(folder, name)):
                view(prefix + name, lake.read(spark, config.lake(folder, name)))
                if folder == 'silver':
                    rows = lake.read(spark, config.lake(folder, name)).where('NOT _deleted')
                    view(name, rows.select([column for column in rows.columns if not column.startswith('_')]))
    for name, schema in (('bronze', T.StructType.fromDDL(bronze.SCHEMA)), ('outbox', outbox.SCHEMA), ('dlq', deadletter.SCHEMA)):
        view(name, lake.read(spark, config.lake(name)) if lake.exists(config.lake(name)) else spark.createDataFrame([], schema))
    return made


def main(arguments):
    parser = argparse.ArgumentParser(prog='spark.sh query', description=__doc__)
    parser.add_argument('config')
    parser.add_argument('sql', nargs='+', help='several are answered one after the other, with an empty line between')
    options = parser.parse_args(arguments)
    try:
        config = configuration.load(options.config)
    except configuration.ConfigError as error:
        print('configuration: %s' % error, file=sys.stderr)
        return 2
    spark = session.create(config, ui=False, name='shopcdc-query')
    spark.conf.set('spark.sql.jsonGenerator.ignoreNullFields', 'false')
    try:
        views(spark, config)
        for number, sql in enumerate(options.sql):
            if number:
                print()
            for row in spark.sql(sql).toJSON().collect():
                print(row)
    finally:
        spark.stop()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

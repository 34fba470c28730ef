"""Small files are put together, files that no reader needs are removed. Between batches, so that nothing conflicts with a MERGE."""
import logging

from shopcdc import lake

log = logging.getLogger('shopcdc.maintenance')
MANY = 24       # files of a table that are worth putting together


class Maintenance:
    """due(batch_id) every so many batches; run() works on the given tables. vacuum_hours: how long old versions stay readable."""

    def __init__(self, spark, every, vacuum_hours):
        self.spark, self.every, self.vacuum_hours, self.turns = spark, every, vacuum_hours, 0

    def due(self, batch_id):
        return self.every > 0 and batch_id > 0 and batch_id % self.every == 0

    def run(self, paths):
        """Never raises: what fails has its turn again."""
        self.turns += 1
        for path in paths:
            try:
                self.tend(path)
            except Exception as error:      # noqa: BLE001
                log.warning('%s: %s', path, str(error).split('\n', 1)[0][:300])

    def tend(self, path):
        if not lake.exists(path):
            return
        if lake.files(self.spark, path) >= MANY:
            self.spark.sql('OPTIMIZE delta.`%s`' % path)
        if self.turns % 10 == 1:
            self.spark.sql('VACUUM delta.`%s` RETAIN %d HOURS' % (path, self.vacuum_hours))

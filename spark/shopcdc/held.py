"""Frames that are worked out once and read many times."""
from pyspark import StorageLevel


class Held:
    """The rows of a frame, kept until released. `frame` reads them; with `now` they are worked out at once, else by the first action.

    Unlike with persist(), what is made of `frame` does not carry the way to it: a plan over it is small, and the rows are the same
    however often they are read, which a MERGE with several passes relies on. Lost with an executor, they fail the batch, which comes again.
    """

    def __init__(self, frame, now=True):
        self.frame = frame.localCheckpoint(now, StorageLevel.MEMORY_AND_DISK)

    def release(self):
        self.frame._jdf.logicalPlan().rdd().unpersist(False)     # noqa: SLF001  else they wait for a garbage collection

    def __enter__(self):
        return self.frame

    def __exit__(self, *_):
        self.release()

"""`make bench`: every benchmark, one after the other, each printing how to repeat it."""

from __future__ import annotations

import sys

from benchmarks import ack, escalation, takeover, watch

if __name__ == "__main__":
    ack.main(sys.argv[1:])
    takeover.main([])
    escalation.main([])
    watch.main([])

"""Prometheus, Alertmanager and the exporters: Debian's programs, unpacked into the cache by scripts/setup.sh monitoring."""
PARTS = ()

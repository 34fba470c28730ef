"""Reads the shop's change records from Kafka into a lake of Delta tables, and looks at what changed."""

"""Random schemas and random SQL: what the plugin decodes, replayed into a second database, must equal the first."""

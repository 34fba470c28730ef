\echo Use "CREATE EXTENSION penstock" to load this file. \quit

-- The relay's role has few rights. The functions run as their caller and show nothing that the caller may not read.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

CREATE FUNCTION version() RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'penstock_version';
COMMENT ON FUNCTION version() IS 'version of the output plugin that the server has';

-- What the options capture, in the order in which a snapshot reads it, and the service topics (relation 0).
CREATE FUNCTION tables(VARIADIC options text[] DEFAULT '{}')
RETURNS TABLE (relation oid, kind text, schema text, "table" text, topic text, key text[], replica_identity text, in_snapshot boolean,
               heartbeat_key text, heartbeat_value text[], wanted_identity text, topic_owner text)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'penstock_tables';
COMMENT ON FUNCTION tables(text[]) IS 'tables that the given options capture, and the topics of their records';

-- finding: "not published" or "unlogged" (no change is streamed), "published as root" (which the lists do not name), "key masked" and
-- "key excluded" (the column leaves the server in the key), "key not published" (keys of the stream do not have the column), "key not in
-- identity" (old rows do not have it, so deletes do not say whose), "name not UTF-8" (records have U+FFFD in its place).
CREATE FUNCTION capture_findings(VARIADIC options text[] DEFAULT '{}')
RETURNS TABLE (finding text, relation oid, "column" text)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'penstock_capture_findings';
COMMENT ON FUNCTION capture_findings(text[]) IS 'tables that the given options capture and nobody streams, key columns that leave the server though masked or excluded';

-- What the lists of schemas and tables name, partitioned tables included: the tables of a filtered publication.
CREATE FUNCTION selected_tables(VARIADIC options text[] DEFAULT '{}') RETURNS oid[]
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'penstock_selected_tables';
COMMENT ON FUNCTION selected_tables(text[]) IS 'tables that a publication for the given options holds';

-- Text as this client can be sent it: itself, or with \xHH for each byte beyond ASCII.
CREATE FUNCTION shown(name text) RETURNS text
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'penstock_shown';
COMMENT ON FUNCTION shown(text) IS 'text that has a form in the client''s encoding, escaped where it has none';

-- To which of topic.creation.groups each topic belongs; '' for the default one.
CREATE FUNCTION topic_groups(topics text[], VARIADIC options text[] DEFAULT '{}') RETURNS text[]
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'penstock_topic_groups';
COMMENT ON FUNCTION topic_groups(text[], text[]) IS 'group of topic.creation.groups of each topic';

-- Frames of r records: SELECT penstock.snapshot('public.orders', NULL, 'topic.prefix', 'shop'). Without a query the rows are those of the
-- table itself, and nothing is planned; a query runs as the caller. Only in the select list.
CREATE FUNCTION snapshot(relation regclass, query text, VARIADIC options text[] DEFAULT '{}')
RETURNS SETOF bytea
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'penstock_snapshot';
COMMENT ON FUNCTION snapshot(regclass, text, text[]) IS 'rows of a table as frames of snapshot records';

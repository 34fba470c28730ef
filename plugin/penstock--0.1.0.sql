\echo Use "CREATE EXTENSION penstock" to load this file. \quit

CREATE FUNCTION version() RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'penstock_version';
COMMENT ON FUNCTION version() IS 'version of the output plugin that the server has';

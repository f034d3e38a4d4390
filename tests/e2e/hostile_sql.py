"""SQL that reaches for what is not the tenant's own: statements and names, by what they try."""

# SECRET is the other tenant's value, THEIRS the name of its data set, ID its id, DIR the server's
# data folder. Every one must be refused, or answer without the secret.
STATEMENTS = """
SELECT * FROM THEIRS
SELECT * FROM "THEIRS"
SELECT * FROM main.THEIRS
SELECT * FROM memory.main.THEIRS
SELECT * FROM other.THEIRS
SELECT * FROM "other"."THEIRS"
SELECT * FROM other.main.THEIRS
SELECT * FROM "tenant=other".THEIRS
SELECT * FROM "ID"
SELECT * FROM 'ID'
SELECT * FROM ID
TABLE THEIRS
FROM THEIRS
DESCRIBE THEIRS
SUMMARIZE THEIRS
SHOW TABLES
SHOW ALL TABLES
SHOW DATABASES
SHOW THEIRS
EXPLAIN SELECT * FROM THEIRS
EXPLAIN ANALYZE SELECT * FROM mine
WITH q AS (SELECT * FROM THEIRS) SELECT * FROM q
WITH mine AS (SELECT * FROM THEIRS) SELECT * FROM mine
WITH RECURSIVE q AS (SELECT * FROM THEIRS UNION ALL SELECT * FROM q) SELECT * FROM q
SELECT (SELECT secret FROM THEIRS)
SELECT * FROM mine WHERE EXISTS (SELECT * FROM THEIRS)
SELECT * FROM mine UNION ALL SELECT * FROM THEIRS
SELECT * FROM mine, LATERAL (SELECT * FROM THEIRS) t
SELECT * FROM mine POSITIONAL JOIN THEIRS
SELECT * FROM mine ORDER BY (SELECT secret FROM THEIRS)
SELECT * FROM mine LIMIT (SELECT count(*) FROM THEIRS)
SELECT list(t) FROM THEIRS t
PIVOT THEIRS ON secret
UNPIVOT THEIRS ON secret
SELECT * FROM (PIVOT THEIRS ON secret IN ('a'))
SELECT * FROM query('SELECT * FROM THEIRS')
SELECT * FROM query_table('THEIRS')
SELECT * FROM query_table(['mine', 'THEIRS'])
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM THEIRS'))
SELECT json_execute_serialized_sql('x')
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_csv_auto('/etc/passwd')
SELECT * FROM sniff_csv('/etc/passwd')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_json('/etc/passwd')
SELECT * FROM read_json_auto('/etc/passwd')
SELECT * FROM read_json_objects('/etc/passwd')
SELECT * FROM read_ndjson('/etc/passwd')
SELECT * FROM read_ndjson_objects('/etc/passwd')
SELECT * FROM read_parquet('/etc/passwd')
SELECT * FROM parquet_scan('DIR/blobs/tenant=other/*')
SELECT * FROM parquet_metadata('DIR/blobs/tenant=other/x')
SELECT * FROM parquet_schema('DIR/blobs/tenant=other/x')
SELECT * FROM parquet_file_metadata('x')
SELECT * FROM parquet_kv_metadata('x')
SELECT * FROM parquet_bloom_probe('x', 'a', 1)
SELECT * FROM read_duckdb('DIR/metastore.db', table_name='tenants')
SELECT * FROM sqlite_scan('DIR/metastore.db', 'keys')
SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'x')
SELECT * FROM iceberg_scan('x')
SELECT * FROM delta_scan('x')
SELECT * FROM arrow_scan(1, 2, 3)
SELECT * FROM arrow_scan_dumb(1, 2, 3)
SELECT * FROM seq_scan('x')
SELECT * FROM glob('/*')
SELECT * FROM glob('DIR/**')
SELECT * FROM glob('../../**')
SELECT * FROM '/etc/passwd'
SELECT * FROM '/etc/passwd.csv'
SELECT * FROM 'DIR/admin_password'
SELECT * FROM 'DIR/blob_master_key'
SELECT * FROM 'DIR/blobs/tenant=other/*/*/*.parquet'
SELECT * FROM '../in/*.parquet'
SELECT * FROM '*.parquet'
SELECT * FROM 'x.json'
SELECT * FROM 'https://127.0.0.1/x.parquet'
SELECT * FROM 's3://other/x.parquet'
SELECT * FROM "file:///etc/passwd"
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_text('/proc/self/cmdline')
SELECT * FROM read_blob('/proc/self/fd/3')
SELECT * FROM read_text('/dev/stdin')
SELECT * FROM mine, read_text('/etc/passwd')
SELECT * FROM mine, LATERAL read_text('/etc/passwd')
SELECT (SELECT content FROM read_text('/etc/passwd'))
WITH q AS (FROM read_text('/etc/passwd')) FROM q
SELECT * FROM mine WHERE id IN (SELECT size FROM read_blob('/etc/passwd'))
SELECT getenv('HOME')
SELECT current_setting('temp_directory')
SELECT current_setting('allowed_directories')
SELECT main.current_setting('secret_directory')
SELECT CURRENT_SETTING('home_directory')
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_views()
SELECT * FROM duckdb_tables()
SELECT * FROM duckdb_functions()
SELECT * FROM duckdb_databases()
SELECT * FROM duckdb_extensions()
SELECT * FROM duckdb_logs()
SELECT * FROM duckdb_memory()
SELECT * FROM duckdb_temporary_files()
SELECT * FROM duckdb_external_file_cache()
SELECT * FROM duckdb_variables()
SELECT * FROM pragma_table_info('mine')
SELECT * FROM pragma_database_size()
SELECT * FROM pragma_storage_info('mine')
SELECT * FROM pragma_show('mine')
SELECT * FROM pragma_user_agent()
SELECT * FROM pragma_platform()
SELECT * FROM duckdb_settings
SELECT * FROM duckdb_tables
SELECT * FROM sqlite_master
SELECT * FROM information_schema.tables
SELECT * FROM information_schema.columns
SELECT * FROM pg_catalog.pg_class
SELECT * FROM pg_tables
SELECT * FROM pg_views
SELECT * FROM system.information_schema.tables
SELECT * FROM temp.x
SET memory_limit = '100GB'
SET threads = 64
SET lock_configuration = false
SET enable_external_access = true
SET allowed_directories = ['/']
SET GLOBAL temp_directory = '/'
RESET memory_limit
PRAGMA enable_profiling
PRAGMA database_list
PRAGMA memory_limit = '100GB'
PRAGMA version
CALL pragma_version()
CALL enable_logging(storage='file', storage_path='/tmp')
INSTALL httpfs
FORCE INSTALL httpfs FROM 'http://127.0.0.1'
LOAD httpfs
LOAD '/tmp/evil.so'
UPDATE EXTENSIONS
ATTACH 'DIR/metastore.db' AS m
ATTACH 'DIR/metastore.db' AS m (TYPE sqlite)
ATTACH ':memory:' AS m
DETACH memory
USE memory
CREATE TABLE x AS SELECT 1
CREATE OR REPLACE VIEW mine AS SELECT 1
CREATE TEMP TABLE mine AS SELECT 1
CREATE MACRO m() AS TABLE SELECT * FROM THEIRS
CREATE SECRET s (TYPE s3)
CREATE SCHEMA s
CREATE SEQUENCE s
CREATE TYPE t AS ENUM ('a')
DROP VIEW mine
ALTER VIEW mine RENAME TO theirs
INSERT INTO mine VALUES (1, 'x')
UPDATE mine SET id = 2
DELETE FROM mine
TRUNCATE mine
MERGE INTO mine USING mine ON true WHEN MATCHED THEN DELETE
COPY mine TO '/tmp/x.csv'
COPY (SELECT 1) TO 'DIR/format'
COPY mine FROM '/etc/passwd'
EXPORT DATABASE '/tmp/x'
IMPORT DATABASE '/tmp/x'
PREPARE p AS SELECT 1
EXECUTE p
DEALLOCATE p
BEGIN
COMMIT
CHECKPOINT
VACUUM
ANALYZE
SELECT 1; SELECT * FROM mine
SELECT * FROM mine; COPY mine TO '/tmp/x'
SELECT 1) TO '/tmp/x.csv' (FORMAT csv); --
SELECT 1) TO '/tmp/x.csv'; SELECT (1
SELECT * FROM mine) UNION ALL (FROM read_text('/etc/passwd')
SELECT write_log('x')
SELECT nextval('x')
SELECT $1
SELECT ?
""".strip().splitlines()

# Names and ids that are put where a data set's or an upload's stands.
NAMES = [
    "..",
    ".",
    "../other",
    "../../other/datasets",
    "..%2fother",
    "%2e%2e",
    "%2e%2e%2fother",
    "a/b",
    "a%00b",
    "a\u202eb",
    "mine' OR '1'='1",
    'mine" OR "1"="1',
    "mine; DROP TABLE data_sets",
    "mine--",
    "%",
    "_",
    "m_ne",
    "min%",
    "*",
    "x" * 128,
    "tenant=other",
    "dataset=1",
    "version=1",
    "uploads",
    "part-0.parquet",
    "null",
    "true",
    "0",
    "-1",
    "\u00e9",
    "\U0001f600",
    "ds_" + "0" * 24,
]

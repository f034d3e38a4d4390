# Larger than 500 lines: one list of what is tried, statement by statement.
"""SQL that reaches for what is not the tenant's own: statements and names, by what they try."""

# SECRET is the other tenant's value, THEIRS the name of its data set, ID its id, DIR the server's
# data folder. Every one must be refused, or answer without the secret.
STATEMENTS = r"""
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
SELECT json_serialize_plan('SELECT current_setting(''allowed_directories'') AS x', optimize := true)
SELECT json_serialize_plan('SELECT 1')
SELECT JSON_SERIALIZE_PLAN('SELECT current_setting(''temp_directory'')')
SELECT main.json_serialize_plan('SELECT * FROM mine', optimize := true)
SELECT list_transform(['SELECT 1'], x -> json_serialize_plan(x))
SELECT current_query()
SELECT system.main.current_query()
SELECT current_query_id()
SELECT current_connection_id()
SELECT current_transaction_id()
SELECT txid_current()
SELECT pg_get_viewdef(1)
SELECT max(pg_get_viewdef(i)) FROM range(100000) t(i)
SELECT pg_catalog.pg_get_viewdef(1)
SELECT pg_get_constraintdef(1)
SELECT get_block_size('memory')
SELECT version()
SELECT "version"()
SELECT pg_postmaster_start_time()
SELECT pg_conf_load_time()
SELECT inet_server_addr()
SELECT inet_server_port()
SELECT inet_client_addr()
SELECT inet_client_port()
SELECT getvariable('x')
SELECT * FROM pragma_version()
SELECT * FROM pg_timezone_names()
SELECT * FROM icu_calendar_names()
SELECT * FROM duckdb_approx_database_count()
SELECT * FROM duckdb_connection_count()
SELECT * FROM duckdb_coordinate_systems()
SELECT * FROM duckdb_keywords()
SELECT * FROM duckdb_logs_parsed('x')
SELECT * FROM duckdb_profiling_settings()
SELECT * FROM duckdb_sequences()
SELECT * FROM duckdb_table_sample('mine')
SELECT * FROM sql_auto_complete('SELECT')
SELECT * FROM check_peg_parser('SELECT 1')
SELECT * FROM enable_peg_parser()
SELECT * FROM disable_peg_parser()
SELECT * FROM disable_logging()
SELECT * FROM disable_profiling()
SELECT * FROM read_ndjson_auto('/etc/passwd')
SELECT * FROM summary((SELECT 1))
SELECT * FROM test_vector_types(1)
SELECT * FROM histogram('THEIRS', secret)
SELECT * FROM histogram_values('THEIRS', secret)
PRAGMA platform
PRAGMA user_agent
PRAGMA functions
PRAGMA extension_versions
PRAGMA metadata_info
PRAGMA database_size
PRAGMA all_profiling_output
PRAGMA copy_database('memory', 'm')
PRAGMA json_execute_serialized_sql('x')
PRAGMA add_parquet_key('k', '0123456789112345')
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
SELECT * FROM "THEIRS "
SELECT * FROM " THEIRS"
SELECT * FROM "THEIRS" AS mine
SELECT * FROM ONLY_THEIRS.THEIRS
SELECT * FROM THEIRS.THEIRS
SELECT * FROM memory.THEIRS
SELECT * FROM system.main.THEIRS
SELECT * FROM temp.main.THEIRS
SELECT * FROM "tenant=other/dataset=ID"
SELECT * FROM "dataset=ID/version=1/part-0"
SELECT * FROM "ID/part-0.parquet"
SELECT * FROM U&"\0074heirs"
SELECT * FROM "th\u0435irs"
SELECT * FROM theirs\
SELECT * FROM mine EXCEPT SELECT * FROM THEIRS
SELECT * FROM mine INTERSECT ALL SELECT * FROM THEIRS
SELECT * FROM mine UNION ALL BY NAME SELECT * FROM THEIRS
SELECT * FROM mine SEMI JOIN THEIRS ON true
SELECT * FROM mine ANTI JOIN THEIRS ON mine.v = THEIRS.secret
SELECT * FROM mine ASOF JOIN THEIRS ON mine.v >= THEIRS.secret
SELECT * FROM mine CROSS JOIN THEIRS
SELECT * FROM mine FULL JOIN THEIRS ON (SELECT true FROM THEIRS)
SELECT * FROM mine JOIN mine m ON EXISTS (FROM THEIRS)
SELECT * FROM mine GROUP BY ALL HAVING (SELECT true FROM THEIRS)
SELECT id, row_number() OVER (ORDER BY (SELECT secret FROM THEIRS)) FROM mine
SELECT * FROM mine QUALIFY (SELECT true FROM THEIRS)
SELECT * FROM mine OFFSET (SELECT count(*) FROM THEIRS)
SELECT * FROM THEIRS USING SAMPLE 1
SELECT * FROM THEIRS TABLESAMPLE 50%
SELECT ARRAY(SELECT secret FROM THEIRS)
SELECT {'a': (SELECT secret FROM THEIRS)}
SELECT [x FOR x IN (SELECT list(secret) FROM THEIRS)]
SELECT list_transform([1], x -> (SELECT secret FROM THEIRS))
SELECT CASE WHEN true THEN (SELECT secret FROM THEIRS) END
SELECT coalesce(NULL, (SELECT secret FROM THEIRS))
SELECT 'a' = ANY (SELECT secret FROM THEIRS)
SELECT 'a' > ALL (SELECT secret FROM THEIRS)
SELECT v IN (FROM THEIRS) FROM mine
SELECT COLUMNS(*) FROM THEIRS
SELECT THEIRS FROM THEIRS
SELECT to_json(t) FROM THEIRS t
SELECT error((SELECT secret FROM THEIRS))
VALUES ((SELECT secret FROM THEIRS))
FROM (VALUES (1)) t(a), THEIRS
FROM (FROM (FROM THEIRS))
WITH a AS MATERIALIZED (FROM THEIRS), b AS (FROM a) FROM b
WITH a AS (WITH b AS (FROM THEIRS) FROM b) FROM a
WITH THEIRS AS (SELECT 1) SELECT * FROM main.THEIRS
WITH RECURSIVE r(n) USING KEY (n) AS (SELECT secret FROM THEIRS UNION SELECT n FROM r) FROM r
SELECT * FROM (SUMMARIZE THEIRS)
SELECT * FROM (DESCRIBE THEIRS)
SELECT * FROM (SHOW TABLES)
SELECT * FROM (SHOW ALL TABLES)
SELECT * FROM (SHOW DATABASES)
DESCRIBE TABLE THEIRS
EXPLAIN (FORMAT json) SELECT * FROM THEIRS
EXPLAIN COPY THEIRS TO '/tmp/x'
SELECT * FROM "read_text"('/etc/passwd')
SELECT * FROM READ_TEXT('/etc/passwd')
SELECT * FROM read_text/**/('/etc/passwd')
SELECT * FROM main.read_text('/etc/passwd')
SELECT * FROM system.main.read_text('/etc/passwd')
SELECT * FROM pg_catalog.read_text('/etc/passwd')
SELECT * FROM read_text(['/etc/passwd', '/etc/hosts'])
SELECT * FROM read_text('/etc/pass' || 'wd')
SELECT * FROM read_text(chr(47) || 'etc/passwd')
SELECT * FROM read_text((SELECT '/etc/passwd'))
SELECT * FROM read_csv('/etc/passwd', delim = ':', header = false)
SELECT * FROM read_csv(['/etc/passwd'])
SELECT * FROM read_csv('/etc/passwd.gz', compression = 'none')
SELECT * FROM read_json('/etc/passwd', format = 'unstructured')
SELECT * FROM read_json_objects_auto('/etc/passwd')
SELECT * FROM read_parquet(['DIR/blobs/tenant=other/a', 'DIR/blobs/tenant=other/b'])
SELECT * FROM read_parquet('DIR/**/*.parquet', hive_partitioning = true)
SELECT * FROM parquet_full_metadata('DIR/x')
SELECT * FROM read_xlsx('/etc/passwd')
SELECT * FROM st_read('/etc/passwd')
SELECT * FROM st_read_meta('/etc/passwd')
SELECT * FROM read_avro('/etc/passwd')
SELECT * FROM read_arrow('/etc/passwd')
SELECT * FROM mysql_scan('host=127.0.0.1', 'a', 'b')
SELECT * FROM mysql_query('db', 'SELECT 1')
SELECT * FROM postgres_query('db', 'SELECT 1')
SELECT * FROM postgres_attach('host=127.0.0.1')
SELECT * FROM sqlite_attach('DIR/metastore.db')
SELECT * FROM sqlite_query('db', 'SELECT 1')
SELECT * FROM scan_arrow_ipc([])
SELECT * FROM from_substrait('x'::BLOB)
SELECT * FROM which_secret('s3://x', 's3')
SELECT * FROM load_aws_credentials()
SELECT * FROM http_get('http://127.0.0.1/')
SELECT http_get('http://127.0.0.1/')
SELECT shellfs('ls')
SELECT * FROM shell('ls |')
SELECT * FROM 'ls |'
SELECT * FROM '/proc/self/maps'
SELECT * FROM read_text('/proc/self/root/etc/passwd')
SELECT * FROM read_text('/proc/self/cwd/../../admin_password')
SELECT * FROM read_text('/proc/1/environ')
SELECT * FROM read_text('/dev/fd/3')
SELECT * FROM read_text('/sys/fs/cgroup/cgroup.procs')
SELECT * FROM read_text('~/.bashrc')
SELECT * FROM read_text('../../admin_password')
SELECT * FROM read_text('in/../../../admin_password')
SELECT * FROM read_text('file:/etc/passwd')
SELECT * FROM read_text('file://localhost/etc/passwd')
SELECT * FROM read_text('FILE:///etc/passwd')
SELECT * FROM read_text('data:text/plain,x')
SELECT * FROM read_csv('ftp://127.0.0.1/x.csv')
SELECT * FROM read_csv('http://169.254.169.254/latest/meta-data')
SELECT * FROM read_csv('http://[::1]/x.csv')
SELECT * FROM read_parquet('gs://bucket/x')
SELECT * FROM read_parquet('gcs://bucket/x')
SELECT * FROM read_parquet('r2://bucket/x')
SELECT * FROM read_parquet('s3a://bucket/x')
SELECT * FROM read_parquet('hf://datasets/x/y')
SELECT * FROM read_parquet('az://container/x')
SELECT * FROM read_parquet('abfss://container/x')
SELECT * FROM 'hf://datasets/x/y.parquet'
SELECT * FROM 'http://127.0.0.1:1/x.csv'
SELECT * FROM '/etc/passwd.tsv'
SELECT * FROM 'DIR/metastore.db'
SELECT * FROM 'x.duckdb'
SELECT * FROM 'x.sqlite'
SELECT * FROM 'x.xlsx'
SELECT * FROM 'DIR/blobs/{a,b}/[a-z]?.parquet'
SELECT "getenv"('HOME')
SELECT main.getenv('HOME')
SELECT system.main.getenv('HOME')
SELECT GetEnv('TENANTRY_TOKEN')
SELECT list_transform(['HOME'], x -> getenv(x))
SELECT list_reduce(['HOME', 'PATH'], (a, b) -> getenv(a))
SELECT * FROM mine WHERE getenv('HOME') IS NOT NULL
SELECT * FROM mine ORDER BY getenv('HOME')
SELECT "current_setting"('threads')
SELECT system.main.current_setting('threads')
SELECT 'threads'.current_setting()
SELECT 'HOME'.getenv()
SELECT * FROM duckdb_columns()
SELECT * FROM duckdb_constraints()
SELECT * FROM duckdb_dependencies()
SELECT * FROM duckdb_indexes()
SELECT * FROM duckdb_schemas()
SELECT * FROM duckdb_types()
SELECT * FROM duckdb_optimizers()
SELECT * FROM duckdb_prepared_statements()
SELECT * FROM duckdb_secret_types()
SELECT * FROM duckdb_log_contexts()
SELECT * FROM duckdb_columns
SELECT * FROM sqlite_schema
SELECT * FROM information_schema.schemata
SELECT * FROM pg_catalog.pg_attribute
SELECT * FROM pg_catalog.pg_settings
SELECT * FROM pragma_database_list
SELECT * FROM pragma_metadata_info('mine')
SELECT * FROM pragma_collations()
SELECT * FROM pragma_last_profiling_output()
SELECT * FROM test_all_types()
SELECT * FROM checkpoint()
SELECT * FROM force_checkpoint()
SELECT * FROM parse_duckdb_log_message('QueryLog', 'x')
SELECT * FROM enable_profiling()
SELECT * FROM dbgen(sf = 1)
SET VARIABLE x = 1
SET SESSION threads = 64
SET search_path = 'other'
SET schema = 'other'
SET home_directory = '/'
SET secret_directory = '/tmp'
SET extension_directory = '/tmp'
SET custom_extension_repository = 'http://127.0.0.1'
SET allow_unsigned_extensions = true
SET allow_community_extensions = true
SET log_query_path = '/tmp/x'
SET profile_output = '/tmp/x'
SET file_search_path = '/etc'
SET allowed_paths = ['/etc/passwd']
SET disabled_filesystems = ''
SET http_proxy = '127.0.0.1:1'
SET s3_endpoint = '127.0.0.1:1'
SET memory_limit TO '-1'
RESET lock_configuration
RESET GLOBAL allowed_directories
PRAGMA enable_progress_bar
PRAGMA profile_output = '/tmp/x'
PRAGMA show_tables
PRAGMA table_info('mine')
PRAGMA storage_info('mine')
PRAGMA import_database('/tmp/x')
PRAGMA temp_directory = '/'
PRAGMA disable_verification
CALL duckdb_settings()
CALL pragma_table_info('mine')
CALL force_checkpoint()
CALL truncate_duckdb_logs()
CALL load_aws_credentials()
CALL dbgen(sf = 1)
CALL query('SELECT 1')
INSTALL '/tmp/evil.duckdb_extension'
INSTALL spatial FROM community
LOAD 'http://127.0.0.1/evil.duckdb_extension'
ATTACH '/etc/passwd' AS m (READ_ONLY)
ATTACH 'https://127.0.0.1/x.db' AS m
ATTACH 's3://bucket/x.db' AS m
ATTACH 'host=127.0.0.1' AS m (TYPE postgres)
ATTACH 'sqlite:DIR/metastore.db' AS m
ATTACH 'ducklake:DIR/x' AS m
ATTACH OR REPLACE ':memory:' AS memory
ATTACH IF NOT EXISTS '../x.db'
USE other
USE memory.main
CREATE OR REPLACE TABLE mine AS FROM read_text('/etc/passwd')
CREATE TEMP VIEW t AS SELECT * FROM THEIRS
CREATE FUNCTION f(x) AS getenv(x)
CREATE TEMP MACRO getenv2(x) AS getenv(x)
CREATE PERSISTENT SECRET s (TYPE s3)
CREATE OR REPLACE SECRET s (TYPE http)
CREATE INDEX i ON mine (id)
CREATE DATABASE d
DROP SECRET s
DROP SCHEMA main CASCADE
DROP TABLE THEIRS
ALTER TABLE mine ADD COLUMN x INT
COMMENT ON VIEW mine IS 'x'
INSERT OR REPLACE INTO mine VALUES (1, 'x')
COPY (FROM mine) TO '/dev/stdout'
COPY (FROM mine) TO 's3://bucket/x'
COPY (FROM mine) TO 'http://127.0.0.1/x'
COPY (FROM mine) TO '../in/mine.parquet'
COPY (FROM mine) TO 'x' (FORMAT parquet, PARTITION_BY (id))
COPY mine (id) FROM 'x.csv'
COPY FROM DATABASE memory TO other
ROLLBACK
ABORT
BEGIN TRANSACTION READ ONLY
KILL 1
.shell ls
.read /etc/passwd
\! ls
SELECT * FROM mine;;SELECT * FROM THEIRS
 ; FROM THEIRS
SELECT * FROM mine /* ; */ ; DROP VIEW mine
SELECT * FROM mine) t; COPY (FROM THEIRS) TO '/tmp/x'; SELECT * FROM (FROM mine
SELECT * FROM mine) TO '/tmp/x' (FORMAT csv) --
SELECT $$ ' $$; SELECT * FROM THEIRS
SELECT * FROM mine WHERE v = '' OR 1 = 1) UNION ALL (FROM THEIRS
SELECT :name
SELECT getvariable('x') FROM THEIRS
SELECT nextval('THEIRS')
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

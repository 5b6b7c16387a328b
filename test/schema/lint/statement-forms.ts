/**
 * The schema on which every form of statement is tried; lint reads it as a migration, PostgreSQL
 * runs it.
 */
export const SCENE = `
CREATE TYPE pair AS (one int, other text);
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE DOMAIN word AS text;
CREATE DOMAIN brief AS text CHECK (length(VALUE) < 9);
CREATE DOMAIN briefer AS brief;
CREATE DOMAIN later AS text;
ALTER DOMAIN later SET NOT NULL;
CREATE TABLE target (id int PRIMARY KEY, note text);
CREATE TABLE item (
  id int PRIMARY KEY,
  other int,
  number int NOT NULL,
  open int,
  proven int,
  positive int,
  short varchar(10),
  long text,
  price numeric(10, 2),
  checked text,
  moment timestamp,
  said word,
  CONSTRAINT item_checked CHECK (checked <> 'x'),
  CONSTRAINT item_proven CHECK (proven IS NOT NULL),
  CONSTRAINT item_positive CHECK (positive > 0 AND positive IS NOT NULL),
  CONSTRAINT item_other FOREIGN KEY (other) REFERENCES target
);
ALTER TABLE item ADD CONSTRAINT item_later CHECK (number > 0) NOT VALID;
ALTER TABLE item ADD CONSTRAINT item_target FOREIGN KEY (number) REFERENCES target NOT VALID;
CREATE INDEX item_number ON item (number);
CREATE UNIQUE INDEX item_once ON item (number);
CREATE UNIQUE INDEX item_open ON item (open);
CREATE TABLE lonely (id int NOT NULL, a int);
CREATE UNIQUE INDEX lonely_id ON lonely (id);
CREATE UNIQUE INDEX lonely_a ON lonely (a);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER item_touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW shown AS SELECT note FROM target;
CREATE MATERIALIZED VIEW kept AS SELECT id, note FROM target;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE TABLE parted (id int, part int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE loose (id int, part int);
CREATE TABLE bound (id int, part int, CONSTRAINT bound_id CHECK (id IS NOT NULL AND id >= 20 AND id < 30));
CREATE TABLE half (id int, part int, CONSTRAINT half_id CHECK (id >= 20 AND id < 30));
CREATE TABLE aside (id int NOT NULL, part int, CONSTRAINT aside_part CHECK (part > 0));
CREATE TABLE sure (id int NOT NULL, part int, CONSTRAINT sure_id CHECK (id >= 20 AND id < 30));
CREATE TABLE listed (word text, id int) PARTITION BY LIST (word);
CREATE TABLE word_a (word text, id int, CONSTRAINT word_a_word CHECK (word = 'a'));
CREATE TABLE word_b (word text NOT NULL, id int, CONSTRAINT word_b_word CHECK (word = 'b'));
CREATE TABLE word_none (word text, id int, CONSTRAINT word_none_word CHECK (word IS NULL OR word = 'c'));
CREATE TABLE spare (id int NOT NULL, CONSTRAINT spare_id CHECK (id >= 20 AND id < 30));
CREATE TABLE tidy (id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE tidy_rest PARTITION OF tidy (CONSTRAINT tidy_rest_id CHECK (id < 20 OR id >= 30)) DEFAULT;
CREATE TABLE split (id int) PARTITION BY RANGE (id);
CREATE TABLE split_rest PARTITION OF split DEFAULT;
CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (10);
CREATE UNLOGGED TABLE scratch (id int);
`;

/** Rows for the scans to find. */
export const ROWS = `
INSERT INTO target SELECT n, 'note' FROM generate_series(1, 50) AS n;
INSERT INTO item SELECT n, n, n, n, n, n, 'a', 'a', 1, 'a', now(), 'a' FROM generate_series(1, 50) AS n;
INSERT INTO lonely SELECT n, n FROM generate_series(1, 50) AS n;
INSERT INTO bound SELECT 20, n FROM generate_series(1, 5) AS n;
REFRESH MATERIALIZED VIEW kept;
`;

/** One form of statement that lint has something to say about. */
export interface StatementForm {
  readonly sql: string;
  /** The first major version whose grammar has it. */
  readonly since?: number;
  /** It may not be in a transaction: measured as it waits for a session that holds this table. */
  readonly waitsFor?: string;
}

const form = (sql: string, rest: Omit<StatementForm, "sql"> = {}): StatementForm => ({ sql, ...rest });

/** Every form of section 1 of the facts, and those that lint knows beyond. */
export const FORMS: readonly StatementForm[] = [
  form("ALTER TABLE item ADD COLUMN a int"),
  form("ALTER TABLE item ADD COLUMN a int DEFAULT 3"),
  form("ALTER TABLE item ADD COLUMN a int NOT NULL DEFAULT 3"),
  form("ALTER TABLE item ADD COLUMN a timestamptz NOT NULL DEFAULT now()"),
  form("ALTER TABLE item ADD COLUMN a uuid DEFAULT gen_random_uuid()"),
  form("ALTER TABLE item ADD COLUMN a float DEFAULT random() * 2"),
  form("ALTER TABLE item ADD COLUMN a float DEFAULT round(random())"),
  form("ALTER TABLE item ADD COLUMN a timestamptz DEFAULT clock_timestamp() + interval '1 day'"),
  form("ALTER TABLE item ADD COLUMN a int DEFAULT -1"),
  form("ALTER TABLE item ADD COLUMN a int DEFAULT 60 * 60"),
  form("ALTER TABLE item ADD COLUMN a text DEFAULT lower('X') || 'y'"),
  form("ALTER TABLE item ADD COLUMN a text DEFAULT ('x' COLLATE \"C\")"),
  form("ALTER TABLE item ADD COLUMN a bit(3) DEFAULT B'101'"),
  form("ALTER TABLE item ADD COLUMN a bytea DEFAULT '\\x00'::bytea"),
  form("ALTER TABLE item ADD COLUMN a jsonb DEFAULT '{}'::jsonb"),
  form("ALTER TABLE item ADD COLUMN a jsonb DEFAULT jsonb_build_object('at', now())"),
  form("ALTER TABLE item ADD COLUMN a text[] DEFAULT ARRAY[]::text[]"),
  form("ALTER TABLE item ADD COLUMN a int[] DEFAULT ARRAY[1, 1 + 1]"),
  form("ALTER TABLE item ADD COLUMN a pair DEFAULT ROW(1, 'x')"),
  form("ALTER TABLE item ADD COLUMN a mood DEFAULT lower('LOW')::mood"),
  form("ALTER TABLE item ADD COLUMN a timestamptz DEFAULT now() + interval '1 day'"),
  form("ALTER TABLE item ADD COLUMN a timestamp DEFAULT (now() AT TIME ZONE 'UTC')"),
  form("ALTER TABLE item ADD COLUMN a date DEFAULT CURRENT_DATE + 1"),
  form(
    "ALTER TABLE item ADD COLUMN a timestamptz DEFAULT date_trunc('day', now()) + make_interval(days => 1)",
  ),
  form(
    "ALTER TABLE item ADD COLUMN a int DEFAULT CASE WHEN 1 < 2 THEN greatest(1, 2) ELSE coalesce(NULL, 3) END",
  ),
  form("ALTER TABLE item ADD COLUMN a boolean DEFAULT (1 IN (1, 2) AND NULL IS NULL)"),
  form("ALTER TABLE item ADD COLUMN a word"),
  form("ALTER TABLE item ADD COLUMN a brief"),
  form("ALTER TABLE item ADD COLUMN a briefer DEFAULT 'x'"),
  form("ALTER TABLE item ADD COLUMN a later DEFAULT 'x'"),
  form("ALTER TABLE item ADD COLUMN a brief[]"),
  form("ALTER TABLE item ADD COLUMN a int GENERATED ALWAYS AS (number * 2) STORED"),
  form("ALTER TABLE item ADD COLUMN a int GENERATED ALWAYS AS (number * 2) VIRTUAL", { since: 18 }),
  form("ALTER TABLE item ADD COLUMN a bigserial"),
  form("ALTER TABLE item ADD COLUMN a bigint GENERATED BY DEFAULT AS IDENTITY"),
  form("ALTER TABLE item ADD COLUMN a json"),
  form("ALTER TABLE item ADD COLUMN a int REFERENCES target"),
  form("ALTER TABLE item ADD COLUMN a int DEFAULT 1 REFERENCES target"),
  form("ALTER TABLE item ADD COLUMN a int CHECK (a > 0)"),
  form("ALTER TABLE item ADD COLUMN a int UNIQUE"),
  form("ALTER TABLE item DROP COLUMN long"),
  form("ALTER TABLE item RENAME COLUMN long TO longer"),
  form("ALTER TABLE item RENAME TO thing"),
  form("ALTER TABLE item RENAME CONSTRAINT item_checked TO item_looked_at"),
  form("ALTER INDEX item_number RENAME TO item_figure"),
  form("ALTER TYPE mood RENAME VALUE 'low' TO 'down'"),
  form("ALTER TYPE mood ADD VALUE 'middle'"),
  form("ALTER TABLE item ALTER COLUMN open TYPE bigint"),
  form("ALTER TABLE item ALTER COLUMN short TYPE varchar(5)"),
  form("ALTER TABLE item ALTER COLUMN long TYPE varchar(5)"),
  form("ALTER TABLE item ALTER COLUMN long TYPE text USING long || ''"),
  form("ALTER TABLE item ALTER COLUMN price TYPE numeric(10, 3)"),
  form("ALTER TABLE item ALTER COLUMN short TYPE varchar(20)"),
  form("ALTER TABLE item ALTER COLUMN short TYPE varchar"),
  form("ALTER TABLE item ALTER COLUMN short TYPE text"),
  form("ALTER TABLE item ALTER COLUMN long TYPE varchar"),
  form("ALTER TABLE item ALTER COLUMN price TYPE numeric(12, 2)"),
  form("ALTER TABLE item ALTER COLUMN price TYPE numeric"),
  form("ALTER TABLE item ALTER COLUMN moment TYPE timestamptz"),
  form("ALTER TABLE item ALTER COLUMN checked TYPE varchar"),
  form("ALTER TABLE item ALTER COLUMN open SET NOT NULL"),
  form("ALTER TABLE item ALTER COLUMN proven SET NOT NULL"),
  form("ALTER TABLE item ALTER COLUMN positive SET NOT NULL"),
  form("ALTER TABLE item ALTER COLUMN number DROP NOT NULL"),
  form("ALTER TABLE item ALTER COLUMN number SET DEFAULT 1"),
  form("ALTER TABLE item ALTER COLUMN number SET STATISTICS 500"),
  form("ALTER TABLE item ALTER COLUMN number SET (n_distinct = 5)"),
  form("ALTER TABLE item ALTER COLUMN long SET STORAGE external"),
  form("ALTER TABLE item ALTER COLUMN long SET COMPRESSION pglz"),
  form("ALTER TABLE item SET (fillfactor = 80)"),
  form("ALTER TABLE item SET (autovacuum_vacuum_scale_factor = 0.01)"),
  form("ALTER TABLE item RESET (fillfactor)"),
  form("ALTER TABLE item CLUSTER ON item_number"),
  form("ALTER TABLE item ADD CONSTRAINT c CHECK (number > -5)"),
  form("ALTER TABLE item ADD CONSTRAINT c CHECK (number > -5) NOT VALID"),
  form("ALTER TABLE item ADD CONSTRAINT c NOT NULL open", { since: 18 }),
  form("ALTER TABLE item ADD CONSTRAINT c NOT NULL open NOT VALID", { since: 18 }),
  form("ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (open) REFERENCES target"),
  form("ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (open) REFERENCES target NOT VALID"),
  form("ALTER TABLE item ADD CONSTRAINT c UNIQUE (open)"),
  form("ALTER TABLE item ADD CONSTRAINT c UNIQUE USING INDEX item_open"),
  form("ALTER TABLE lonely ADD CONSTRAINT c PRIMARY KEY (id)"),
  form("ALTER TABLE lonely ADD CONSTRAINT c PRIMARY KEY USING INDEX lonely_id"),
  form("ALTER TABLE lonely ADD CONSTRAINT c PRIMARY KEY USING INDEX lonely_a"),
  form("ALTER TABLE item ADD CONSTRAINT c EXCLUDE (open WITH =)"),
  form("ALTER TABLE item VALIDATE CONSTRAINT item_later"),
  form("ALTER TABLE item VALIDATE CONSTRAINT item_target"),
  form("ALTER TABLE item ADD CONSTRAINT c CHECK (id > 0) NOT VALID, VALIDATE CONSTRAINT item_later"),
  form("ALTER TABLE item DROP CONSTRAINT item_checked"),
  form("ALTER TABLE item DROP CONSTRAINT item_other"),
  form("ALTER TABLE item ALTER CONSTRAINT item_other DEFERRABLE"),
  form("ALTER TABLE item ENABLE ALWAYS TRIGGER item_touch"),
  form("ALTER TABLE item DISABLE TRIGGER item_touch"),
  form("ALTER TABLE item REPLICA IDENTITY FULL"),
  form("ALTER TABLE item ENABLE ROW LEVEL SECURITY"),
  form("ALTER TABLE lonely SET UNLOGGED"),
  form("ALTER TABLE scratch SET LOGGED"),
  form("CREATE INDEX i ON item (open)"),
  form("CREATE UNIQUE INDEX i ON item (open)"),
  form("CREATE INDEX CONCURRENTLY i ON item (open)", { waitsFor: "item" }),
  form("DROP INDEX item_number"),
  form("DROP INDEX CONCURRENTLY item_number", { waitsFor: "item" }),
  form("REINDEX INDEX item_once"),
  form("REINDEX TABLE item"),
  form("REINDEX TABLE CONCURRENTLY item", { waitsFor: "item" }),
  form("CLUSTER item USING item_once"),
  form("TRUNCATE lonely"),
  form("TRUNCATE target CASCADE"),
  form("CREATE TABLE fresh (id int PRIMARY KEY)"),
  form("CREATE TABLE fresh (id int REFERENCES target)"),
  form("CREATE TABLE fresh () INHERITS (lonely)"),
  form("CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)"),
  form("CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (10) TO (20)"),
  form("ALTER TABLE parted ATTACH PARTITION loose FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE parted ATTACH PARTITION bound FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE parted ATTACH PARTITION half FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE parted ATTACH PARTITION aside FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE parted ATTACH PARTITION sure FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE listed ATTACH PARTITION word_a FOR VALUES IN ('a')"),
  form("ALTER TABLE listed ATTACH PARTITION word_b FOR VALUES IN ('b')"),
  form("ALTER TABLE listed ATTACH PARTITION word_none FOR VALUES IN (NULL, 'c')"),
  form("ALTER TABLE split ATTACH PARTITION spare FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE tidy ATTACH PARTITION spare FOR VALUES FROM (20) TO (30)"),
  form("CREATE TABLE tidy_2 PARTITION OF tidy FOR VALUES FROM (20) TO (30)"),
  form("ALTER TABLE parted DETACH PARTITION parted_1"),
  form("ALTER TABLE split DETACH PARTITION split_1"),
  form("DROP TABLE lonely"),
  form("DROP TABLE item"),
  form("DROP TABLE parted_1"),
  form("LOCK TABLE item IN SHARE MODE"),
  form("CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch()"),
  form("CREATE OR REPLACE TRIGGER item_touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch()"),
  form("DROP TRIGGER item_touch ON item"),
  form("DROP FUNCTION touch() CASCADE"),
  form("CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"),
  form("CREATE VIEW v AS SELECT id FROM item"),
  form("CREATE OR REPLACE VIEW shown AS SELECT note FROM target WHERE id > 0"),
  form("DROP VIEW shown"),
  form("DROP MATERIALIZED VIEW kept"),
  form("REFRESH MATERIALIZED VIEW kept"),
  form("REFRESH MATERIALIZED VIEW kept WITH NO DATA"),
  form("REFRESH MATERIALIZED VIEW CONCURRENTLY kept"),
  form("ALTER DOMAIN word ADD CONSTRAINT w CHECK (VALUE <> 'x')"),
  form("ALTER DOMAIN word ADD CONSTRAINT w CHECK (VALUE <> 'x') NOT VALID"),
  form("ALTER DOMAIN word SET NOT NULL"),
  form("CREATE RULE r AS ON DELETE TO item DO INSTEAD NOTHING"),
  form("UPDATE item SET long = 'b'"),
  form("DELETE FROM lonely"),
  form("WITH gone AS (DELETE FROM lonely RETURNING id) SELECT * FROM gone"),
  form("INSERT INTO lonely VALUES (99, 99)"),
  form("COMMENT ON COLUMN item.long IS 'x'"),
  form("CREATE SEQUENCE s"),
  form("CREATE STATISTICS st ON number, open FROM item"),
];

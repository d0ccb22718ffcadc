/** Version of the file's tables. Raised with every change of them; a file of a higher version is refused. */
export const schemaVersion = 1

/*
 * points: exactly one row a (series, time): the standing one. No key and no index: the high-water marks keep it so.
 * late: rows not yet compared with what stands, in the order of hand-over (`sequence`); pending until settled.
 * meta: one row: everything at or before `position` is in `points`, `late` or the totals.
 *
 * `raw` is the raw position of the message a row comes from; `time` is ms since the epoch, UTC. Either `value` or `text`
 * is NULL. `decode_totals` is JSON. BIGINT and not TIMESTAMP: every comparison here is one of whole numbers.
 */
const rowColumns = `
  series UINTEGER NOT NULL, time BIGINT NOT NULL, value DOUBLE, text VARCHAR,
  quality UTINYINT NOT NULL, generation USMALLINT NOT NULL, raw BIGINT NOT NULL`

/** Creates the tables of an empty file. */
export const createTables = `
  CREATE TABLE points (${rowColumns});
  CREATE TABLE late (${rowColumns}, sequence BIGINT NOT NULL);
  CREATE TABLE meta (
    version INTEGER NOT NULL, position BIGINT NOT NULL, decode_totals VARCHAR NOT NULL,
    stored BIGINT NOT NULL, duplicate BIGINT NOT NULL, superseded BIGINT NOT NULL, refused BIGINT NOT NULL);`

/** Length of a day, ms; late rows are settled by day (UTC). */
export const dayMs = 86_400_000

-- Messages are sealed: there is nothing to compress, and trying cost a tenth of writing them. Up to a page they stay in their row, and need no second table.
-- A vacuum that gives free pages back locks the table, and every start waits: they are needed again at once.
ALTER TABLE outbox ALTER COLUMN entries SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160, vacuum_truncate = off);
ALTER TABLE alarm SET (vacuum_truncate = off);

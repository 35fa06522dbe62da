-- Messages are sealed: there is nothing to compress, and trying cost a tenth of writing them. Up to a page they stay in their row, and need no second table.
ALTER TABLE outbox ALTER COLUMN entries SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160);

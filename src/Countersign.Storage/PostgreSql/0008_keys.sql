-- An account's second token, while a first one is being replaced; and whether the account may be used.
ALTER TABLE account ADD COLUMN secondary_token bytea; -- sealed
ALTER TABLE account ADD COLUMN status smallint NOT NULL DEFAULT 1; -- AccountStatus

-- What a key may do. Keys from before there were kinds could do everything, and stay so: 1 is main.
ALTER TABLE api_key ADD COLUMN kind smallint NOT NULL DEFAULT 1; -- ApiKeyKind
ALTER TABLE api_key ADD COLUMN policy text; -- JSON, of a restricted key

-- Conversions in the hour in which the message was asked for that brought them; approved counts them in the hour in which the verification started.
-- Null in rows of nodes that do not know this column, older ones among them: approved stands for it there, which differs only for codes that were sent again in another hour.
-- So no row is written anew while other nodes are at work.
ALTER TABLE rollup ADD COLUMN converted bigint;

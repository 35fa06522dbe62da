-- An account's second token, while a first one is being replaced; and whether the account may be used.
ALTER TABLE account ADD COLUMN secondary_token BLOB; -- sealed
ALTER TABLE account ADD COLUMN status INTEGER NOT NULL DEFAULT 1; -- AccountStatus

-- What a key may do. Keys from before there were kinds could do everything, and stay so: 1 is main.
ALTER TABLE api_key ADD COLUMN kind INTEGER NOT NULL DEFAULT 1; -- ApiKeyKind
ALTER TABLE api_key ADD COLUMN policy TEXT; -- JSON, of a restricted key

-- Conversions in the hour in which the message was asked for that brought them; approved counts them in the hour in which the verification started.
-- What was counted before this column takes the latter, which differs only for codes that were sent again in another hour.
ALTER TABLE rollup ADD COLUMN converted INTEGER NOT NULL DEFAULT 0;
UPDATE rollup SET converted = approved WHERE approved <> 0;

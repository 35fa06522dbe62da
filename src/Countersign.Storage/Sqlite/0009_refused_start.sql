-- Starts that were refused, for whoever asks why no code came. Its destination is there by its hash, and masked in the body.
CREATE TABLE refused_start (
    position    INTEGER PRIMARY KEY,
    account_sid BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    destination BLOB    NOT NULL, -- keyed hash
    at          INTEGER NOT NULL, -- Unix milliseconds
    body        BLOB    NOT NULL  -- sealed
) STRICT;

CREATE INDEX refused_start_account ON refused_start (account_sid, position);
CREATE INDEX refused_start_service ON refused_start (account_sid, service_sid, position);
CREATE INDEX refused_start_destination ON refused_start (account_sid, destination, position);

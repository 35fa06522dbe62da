-- Starts that were refused, for whoever asks why no code came. Its destination is there by its hash, and masked in the body.
CREATE TABLE refused_start (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_sid uuid   NOT NULL,
    service_sid uuid   NOT NULL,
    destination uuid   NOT NULL, -- keyed hash
    at          bigint NOT NULL, -- Unix milliseconds
    body        bytea  NOT NULL  -- sealed
);

CREATE INDEX refused_start_account ON refused_start (account_sid, position);
CREATE INDEX refused_start_service ON refused_start (account_sid, service_sid, position);
CREATE INDEX refused_start_destination ON refused_start (account_sid, destination, position);

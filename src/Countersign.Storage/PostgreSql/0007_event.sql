-- Events on their way to receivers: written in the transaction of the step that makes them happen, removed when they were taken. Empty where nobody is subscribed.
CREATE TABLE event (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receiver    uuid     NOT NULL, -- a webhook's or a sink's SID
    is_sink     boolean  NOT NULL,
    account_sid uuid     NOT NULL,
    service_sid uuid     NOT NULL,
    type        smallint NOT NULL, -- EventType
    event_id    text     NOT NULL, -- the same for every receiver
    at          bigint   NOT NULL,
    since       bigint   NOT NULL, -- from when its tries are counted
    due_at      bigint   NOT NULL,
    tries       integer  NOT NULL DEFAULT 0,
    dead        boolean  NOT NULL DEFAULT false,
    problem     text,              -- why the last try failed
    data        bytea    NOT NULL, -- sealed JSON
    claimed_by  bigint,            -- the node that is at it
    claimed_at  timestamptz        -- by the database's clock; a claim that gets old counts for nothing
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE INDEX event_waiting ON event (receiver, due_at, position) WHERE NOT dead;
CREATE INDEX event_by_account ON event (account_sid, dead, position);

-- Verifications to look at when they may have expired.
CREATE TABLE event_watch (
    verification_sid uuid   PRIMARY KEY,
    service_sid      uuid   NOT NULL,
    account_sid      uuid   NOT NULL,
    due_at           bigint NOT NULL
);

CREATE INDEX event_watch_by_time ON event_watch (due_at);

-- Which store has the live verifications of this database: 'postgresql', or the name that was given to the Redis that has them. Empty until a server starts that knows this script.
CREATE TABLE live (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one), -- one row
    place text    NOT NULL
);

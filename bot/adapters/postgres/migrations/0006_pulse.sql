-- Signs of life of the schedulers, and what they do once together (owner '').

CREATE TABLE pulses (
    name text NOT NULL,
    owner text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (name, owner)
);

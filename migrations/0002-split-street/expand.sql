ALTER TABLE address ADD COLUMN street_name text, ADD COLUMN house_number text;

CREATE INDEX CONCURRENTLY address_street_name ON address (street_name);

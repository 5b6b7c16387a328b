ALTER TABLE address DROP COLUMN street;

-- A house number stands last: digits, perhaps a range or a fraction, perhaps a letter or bis, ter, quater.
-- Anything else, and a number without a street before it, is a street without a number. Plain ASCII, so that every locale splits alike.
CREATE FUNCTION split_street(street text) RETURNS TABLE (street_name text, house_number text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT
    CASE WHEN cut.name <> '' THEN cut.name ELSE street END,
    CASE WHEN cut.name <> '' THEN substr(last.part, 2) END
  FROM substring(street FROM ' [0-9]+(?:[-/][0-9]+)?(?: ?(?:[A-Za-z]|bis|ter|quater))?$') AS last (part)
  CROSS JOIN LATERAL rtrim(left(street, -char_length(last.part))) AS cut (name);
END;

CREATE FUNCTION join_street(street_name text, house_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN house_number IS NULL OR house_number = '' THEN street_name ELSE street_name || ' ' || house_number END;

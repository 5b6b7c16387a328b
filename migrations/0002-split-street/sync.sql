-- A house number is what stands last: digits with at most a letter, a range, a fraction or a bis, ter, quater.
-- Anything else, and anything without a street before it, is a street without a number.
CREATE FUNCTION split_street(street text, OUT street_name text, OUT house_number text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(part[1], street), part[2]
  FROM regexp_match(street, '^(.*\S)\s+(\d+(?:[-/]\d+)?(?:\s?(?:[[:alpha:]]|bis|ter|quater))?)\s*$') AS part;
END;

CREATE FUNCTION join_street(street_name text, house_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN house_number IS NULL OR house_number = '' THEN street_name ELSE street_name || ' ' || house_number END;

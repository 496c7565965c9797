-- A key is kept as a number, the first eight bytes of its SHA-256: the index is half as large,
-- and no name, birth date or address stands in it (R8). Entries from before are not held under
-- the keys that are new with this, two names with the whole birth date, until they are told of
-- again; they are found by their other keys.
ALTER TABLE intake.person_key ALTER COLUMN key TYPE bigint
    USING ('x' || encode(substring(sha256(convert_to(key, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint;

import { expect } from "chai";
import type { ColumnFacts } from "../../../schema/state/catalog.ts";
import { knownDefault } from "../../../schema/expressions/known-default.ts";

describe("what an insert leaves in a column that it does not name", () => {
  const of = (type: string, value: string | null, more: Partial<ColumnFacts> = {}) =>
    knownDefault({ ...({} as ColumnFacts), type, default: value, ...more })?.text;

  it("is known of constants, as the catalog prints them", () => {
    for (const [type, value, text] of [
      ["text", null, "NULL"],
      ["text", "NULL::text", "NULL"],
      ["text", "'it''s'::text", "'it''s'"],
      ["character varying(20)", "'x'::character varying", "'x'"],
      ["character(3)", "'a'::bpchar", "'a'"],
      ["public.citext", "'a'::public.citext", "'a'"],
      ["boolean", "false", "'false'"],
      ["smallint", "0", "'0'"],
      ["bigint", "'99999999999'::bigint", "'99999999999'"],
      ["bigint", "(0)::bigint", "'0'"],
      ["integer", "'-1'::integer", "'-1'"],
      ["numeric(10,2)", "0", "'0'"],
      ["numeric(10,2)", "0.5", "'0.5'"],
      ["double precision", "'10000000000'::numeric", "'10000000000'"],
      [
        "timestamp(0) with time zone",
        "'2020-01-01 00:00:00+00'::timestamp with time zone",
        "'2020-01-01 00:00:00+00'",
      ],
      ["bit(3)", `'101'::"bit"`, "'101'"],
      ["text[]", "ARRAY[]::text[]", "'{}'"],
      ["character varying(5)[]", "'{}'::character varying[]", "'{}'"],
      ["jsonb", "'{}'::jsonb", "'{}'"],
      ["bytea", "'\\x00'::bytea", " E'\\\\x00'"],
    ] as const)
      expect(of(type, value), `${type} DEFAULT ${value ?? ""}`).to.equal(text);
  });

  it("is the default of its type where it has none of its own", () => {
    expect(of("public.word", null, { typeDefault: "'q'::text" })).to.equal("'q'");
    expect(of("public.word", "'own'::text", { typeDefault: "'q'::text" })).to.equal("'own'");
  });

  it("is not known of anything that is evaluated, or whose cast may depend on the session", () => {
    for (const [type, value] of [
      ["timestamp with time zone", "now()"],
      ["timestamp with time zone", "'2020-01-01'::date"],
      ["uuid", "gen_random_uuid()"],
      ["text", "('a'::text || 'b'::text)"],
      ["text", "'a '::bpchar"],
      ["integer", "1.6"],
      ["bigint", "nextval('public.s'::regclass)"],
      ["text", "(CURRENT_USER)::text"],
    ] as const)
      expect(of(type, value), `${type} DEFAULT ${value}`).to.equal(undefined);
    expect(of("integer", null, { identity: true })).to.equal(undefined);
  });
});

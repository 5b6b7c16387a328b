// A stand-in for the official Pulumi provider plugin `postgresql`, 3.18.1 (the bridged Terraform
// provider cyrilgdn/postgresql).
//
// Served: Role, Grant, GrantRole, DefaultPrivileges, Schema, Database, Extension. Like there,
// connections are opened when something is done, a Grant takes away before it gives, and a failed
// update is recorded as if it had been made.
// Left out, and refused: all other resources and functions, logins by AWS, GCP or Azure means,
// `policies` of a Schema, `alterObjectOwnership` of a Database. Left out, and not noticed:
// `expectedVersion`, servers older than PostgreSQL 13.
import { Engine } from "../protocol/engine.ts";
import { serve } from "../protocol/serve.ts";
import { PostgresqlProvider } from "./postgresql-provider.ts";

await serve(() => new PostgresqlProvider(), new Engine());

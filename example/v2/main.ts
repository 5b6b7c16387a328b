import { main } from "../server/main.ts";
import { version2 } from "./edition.ts";

await main(version2);

import { main } from "../server/main.ts";
import { version1 } from "./edition.ts";

await main(version1);

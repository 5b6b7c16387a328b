/** What can be done with one migration. */
export type Move = "expand" | "fill" | "verify" | "contract" | "give-up" | "undo";

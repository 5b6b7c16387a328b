/** A value as it is handed over as JSON, so that nobody minds what of it is read-only. */
export type Handed<T> = T extends readonly (infer Item)[]
  ? readonly Handed<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Handed<T[Key]> }
    : T;

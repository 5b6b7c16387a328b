/**
 * Where Pulumi keeps a state in files, as the guide says it: without the attributes file beside
 * each object, which is not written atomically, so that a kill can leave it empty and the stack
 * unreadable ("failed to load checkpoint: EOF").
 */
export const stateUrl = (folder: string): string => `file://${folder}?metadata=skip`;

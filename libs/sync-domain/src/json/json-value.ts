/**
 * The values that a document may hold: JSON, nothing more. Everyone treats a JsonValue as immutable, so that
 * parts of one document can be shared by its versions, its patches and its caches without a copy.
 */
export type JsonScalar = string | number | boolean | null;
export type JsonArray = readonly JsonValue[];
export type JsonObject = { readonly [key: string]: JsonValue };
export type JsonValue = JsonScalar | JsonArray | JsonObject;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Array.isArray does not narrow readonly arrays; this does. */
export function isJsonArray(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** The values of a document, by which the laws follow what was written: texts, each of which is written only once. */
import type { JsonValue } from '@json-database-sync/domain';

export function valuesOf(json: JsonValue | undefined, values = new Set<string>()): ReadonlySet<string> {
  if (typeof json === 'string') values.add(json);
  else if (typeof json === 'object' && json !== null) for (const each of Object.values(json)) valuesOf(each, values);
  return values;
}

/** Each value with where it stands; where in a list makes no difference. */
export function placesOf(json: JsonValue | undefined, place = '', places = new Set<string>()): ReadonlySet<string> {
  if (typeof json === 'string') places.add(`${place} ${json}`);
  else if (Array.isArray(json)) for (const item of json as readonly JsonValue[]) placesOf(item, place, places);
  else if (typeof json === 'object' && json !== null) {
    for (const [key, member] of Object.entries(json)) placesOf(member, `${place}/${key}`, places);
  }
  return places;
}

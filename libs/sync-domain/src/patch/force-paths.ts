/**
 * Making a document have at given paths what another has there, whatever stands there now: the last step of a change
 * that is to win.
 *
 * - What the intended document lacks is removed. Where the way to a path is gone, it comes back from the deepest
 *   container that is there still.
 * - A path that leads through an array in which items came, went or changed places names another item in each of both:
 *   the array is then taken whole.
 *
 * Neither document is changed; what is on no path is shared with `current`.
 */
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../json/json-value.js';
import { copyWithout, getOwn, setOwn, type MutableJsonObject } from '../json/own-property.js';
import { pairItems } from './array-pairs.js';
import { arrayIndex } from './json-pointer.js';
import type { Path } from './path-set.js';
import type { TouchedPath } from './touched-paths.js';

/**
 * `current` with what `intended` has (or has not) at each of `paths`.
 * @param base what `current` has come of since the paths were meant, where that is known: a list of the same length may
 * hold others' items by now
 */
export function forcePaths(
  current: JsonValue,
  intended: JsonValue,
  paths: readonly TouchedPath[],
  base?: JsonValue,
): JsonValue {
  // Only a member or an item can be absent, so that the root always comes to something.
  return paths.length === 0 ? current : (force({ current, intended, base }, paths, 0) ?? intended);
}

type Place = JsonValue | undefined;

/** The same place in the three documents. */
interface Places {
  readonly current: Place;
  readonly intended: Place;
  readonly base: Place;
}

/** @param depth how many tokens of `paths`, which are equal that far, lead to this place */
function force(places: Places, paths: readonly Path[], depth: number): Place {
  const { current, intended, base } = places;
  if (current === intended || paths.some((path) => path.length === depth)) return intended;
  if (isArray(current)) return isArray(intended) ? forceItems(current, intended, base, paths, depth) : intended;
  const wanted = paths.some((path) => lookup(intended, path, depth) !== undefined);
  if (!isObject(current) || (wanted && !isObject(intended))) return wanted ? intended : current;
  return forceMembers(current, isObject(intended) ? intended : {}, base, paths, depth);
}

function forceMembers(
  current: JsonObject,
  intended: JsonObject,
  base: Place,
  paths: readonly Path[],
  depth: number,
): JsonObject {
  let forced: MutableJsonObject = { ...current };
  for (const [key, below] of grouped(paths, depth)) {
    const known = isObject(base) ? getOwn(base, key) : undefined;
    const member = force(
      { current: getOwn(forced, key), intended: getOwn(intended, key), base: known },
      below,
      depth + 1,
    );
    if (member !== undefined) setOwn(forced, key, member);
    else if (Object.hasOwn(forced, key)) forced = copyWithout(forced, key);
  }
  return forced;
}

function forceItems(
  current: JsonArray,
  intended: JsonArray,
  base: Place,
  paths: readonly Path[],
  depth: number,
): JsonArray {
  if (!keptPlaces(current, intended) || (isArray(base) && !keptPlaces(base, current))) return intended;
  const forced = current.slice();
  for (const [token, below] of grouped(paths, depth)) {
    const index = arrayIndex(token);
    if (index < 0 || index >= current.length) continue;
    const known = isArray(base) ? base[index] : undefined;
    const item = force({ current: current[index], intended: intended[index], base: known }, below, depth + 1);
    if (item !== undefined) forced[index] = item;
  }
  return forced;
}

/** Whether each index names the same item in both. */
function keptPlaces(current: JsonArray, intended: JsonArray): boolean {
  if (current.length !== intended.length) return false;
  return pairItems(current, intended).middle.every(({ before, after }) => before === after);
}

function grouped(paths: readonly Path[], depth: number): Map<string, Path[]> {
  const groups = new Map<string, Path[]>();
  for (const path of paths) {
    const token = path[depth]!;
    const group = groups.get(token);
    if (group) group.push(path);
    else groups.set(token, [path]);
  }
  return groups;
}

function lookup(value: Place, path: Path, depth: number): Place {
  let found = value;
  for (let i = depth; i < path.length && found !== undefined; i++) {
    if (isArray(found)) found = found[arrayIndex(path[i]!)];
    else found = isObject(found) ? getOwn(found, path[i]!) : undefined;
  }
  return found;
}

const isArray = (value: Place): value is JsonArray => value !== undefined && isJsonArray(value);
const isObject = (value: Place): value is JsonObject => value !== undefined && isJsonObject(value);

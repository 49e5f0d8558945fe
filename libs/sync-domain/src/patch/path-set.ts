/** Paths as token arrays, and whether two of them meet: one is a prefix of the other, or both are equal. */
import { isPrefix } from './patch-workspace.js';

export type Path = readonly string[];

export function pathsOverlap(a: Path, b: Path): boolean {
  return a.length <= b.length ? isPrefix(a, b) : isPrefix(b, a);
}

interface Node {
  /** A path of the set ends here. */
  end: boolean;
  readonly next: Map<string, Node>;
}

/** Many paths, asked about in the length of the path that is asked for, not in their number. */
export class PathSet {
  private readonly root: Node = { end: false, next: new Map() };

  constructor(paths: Iterable<Path> = []) {
    for (const path of paths) this.add(path);
  }

  add(path: Path): void {
    let node = this.root;
    for (const token of path) {
      let next = node.next.get(token);
      if (!next) node.next.set(token, (next = { end: false, next: new Map() }));
      node = next;
    }
    node.end = true;
  }

  /** Whether some path of the set overlaps this one. */
  overlaps(path: Path): boolean {
    let node = this.root;
    for (const token of path) {
      if (node.end) return true;
      const next = node.next.get(token);
      if (!next) return false;
      node = next;
    }
    return node.end || node.next.size > 0;
  }
}

/** What needs what, as rows of a tree in a flat list. Pure. */

/** The line that stands for a package: what the solver took, else the newest that the channel has, else the newest. */
function best(lines) {
  const found = new Map();
  const rank = (line) => Number(line.chosen ?? false) * 2 + Number(line.in_channel !== "none");
  for (const line of lines) {
    const known = found.get(line.name);
    if (!known || rank(line) > rank(known)) found.set(line.name, line);
  }
  return found;
}

/** Names on a way down to what is sought, both included. */
function onTheWay(lines, isSought) {
  const neededBy = new Map();
  for (const [name, { needs = [] }] of lines) for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), name]);
  const found = new Set([...lines.keys(), ...neededBy.keys()].filter(isSought));
  for (const name of found) for (const above of neededBy.get(name) ?? []) found.add(above);
  return found;
}

/**
 * @param {{packages: object[], depth: number, turned: Set<string>, search: string}} wish `depth` levels are open, but
 *   those `turned` the other way, which are the ways to rows; with `search` only what leads to it, and all of that open
 * @returns {Array<{way: string, name: string, line: object|undefined, level: number, isOpen: boolean, hasMore: boolean, isAgain: boolean}>}
 *   `isAgain` was shown above with all that it needs; without `line` no source has it
 */
export function treeRows({ packages, depth, turned, search }) {
  const lines = best(packages);
  const wanted = search ? onTheWay(lines, (name) => name.toLowerCase().includes(search)) : null;
  const needed = new Set([...lines.values()].flatMap((line) => line.needs ?? []));
  const direct = new Set(packages.filter((line) => line.direct).map((line) => line.name));
  const roots = [...lines.keys()].filter((name) => (direct.size ? direct.has(name) : !needed.has(name)));
  const rows = [];
  const shown = new Set();
  const add = (names, level, above) => {
    for (const name of names) {
      if (wanted && !wanted.has(name)) continue;
      const line = lines.get(name);
      const way = `${above}/${name}`;
      const hasMore = Boolean(line?.needs?.length);
      const isAgain = hasMore && shown.has(name);
      const isOpen = hasMore && !isAgain && (wanted !== null || level < depth) !== turned.has(way);
      rows.push({ way, name, line, level, isOpen, hasMore, isAgain });
      if (!isOpen) continue;
      shown.add(name);
      add(line.needs, level + 1, way);
    }
  };
  add(roots, 1, "");
  return rows;
}

/** What needs what, as rows of a tree in a flat list. Pure. */

/** The line that stands for a package: what the solver took, else the newest that the channel has, else the newest. */
const rank = (line) => (line.chosen ? 2 : line.in_channel === "none" ? 0 : 1);

/** Names on a way down to what is sought, both included. */
function onTheWay(lines, search) {
  const found = new Set([...lines.values()].flatMap(({ name, needs = [] }) => [name, ...needs]).filter((name) => name.toLowerCase().includes(search)));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { name, needs = [] } of lines.values()) if (needs.some((need) => found.has(need))) found.add(name);
  }
  return found;
}

/**
 * @param {{packages: object[], depth: number, turned: string[], search: string}} wish `depth` levels are open, but
 *   those `turned` the other way, which are the ways to rows; with `search` only what leads to it, and that open
 * @returns {Array<{way: string, name: string, line: object|undefined, level: number, isOpen: boolean, hasMore: boolean, isAgain: boolean}>}
 *   `isAgain` stands above with all that it needs; without `line` no source has it
 */
export function treeRows({ packages, depth, turned, search }) {
  const lines = new Map();
  for (const line of packages) if (!lines.has(line.name) || rank(line) > rank(lines.get(line.name))) lines.set(line.name, line);
  const wanted = search && onTheWay(lines, search);
  const direct = new Set(packages.filter((line) => line.direct).map((line) => line.name));
  const rows = [];
  const shown = new Set();
  const add = (names, level, above) => {
    for (const name of names.filter((one) => !wanted || wanted.has(one))) {
      const line = lines.get(name);
      const way = `${above}/${name}`;
      const hasMore = Boolean(line?.needs?.length);
      const isAgain = shown.has(name);
      const isOpen = hasMore && !isAgain && (Boolean(wanted) || level < depth) !== turned.includes(way);
      rows.push({ way, name, line, level, isOpen, hasMore: hasMore && !isAgain, isAgain });
      if (!isOpen) continue;
      shown.add(name);
      add(line.needs, level + 1, way);
    }
  };
  add(direct.size ? [...direct] : [...lines.keys()], 1, "");
  return rows;
}

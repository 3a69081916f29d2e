/** Groups in words. Pure. */
import type { Group } from '../wire';

/** What a group is called; its name, where that is not known. */
export function groupName(groups: Group[] | null, name: string): string {
  return groups?.find(group => group.name === name)?.display || name;
}

/** A group with what is left of its budget: `Astrometry (12.5 core-hours left)`. */
export function groupWords({ display, budget }: Group): string {
  const left = Number(budget?.left);
  return budget ? `${display} (${left} core-hour${left === 1 ? '' : 's'} left)` : display;
}

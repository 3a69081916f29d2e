/** Amounts of resources in words. Pure. */
import { list, memory } from '../calendar/words';
import type { Resources } from '../wire';

export type ResourceName = keyof Resources;

/** All resources in the order in which they are told. */
export const RESOURCES: ResourceName[] = ['cores', 'memory', 'gpus', 'servers', 'temporary', 'user', 'data'];

const NAMES: Record<ResourceName, string> = {
  cores: 'Cores',
  memory: 'Memory',
  gpus: 'GPUs',
  servers: 'Servers',
  temporary: 'Temporary disk',
  user: 'User disk',
  data: 'Data disk'
};

/** `Cores`, `Memory`: what a resource is called. */
export function resourceName(name: ResourceName): string {
  return NAMES[name];
}

/** Whether an amount of it is in MiB. */
export function isInMiB(name: ResourceName): boolean {
  return name === 'memory' || name === 'temporary' || name === 'user' || name === 'data';
}

/** The figure alone, with its unit where it has one: `8`, `0.5`, `32 GiB`; what is less than nothing is as much. */
export function figure(name: ResourceName, value: number): string {
  const size = Math.abs(value);
  return isInMiB(name) && size ? memory(size) : String(Number(size.toFixed(3)));
}

/** One amount: `8 cores`, `32 GiB of memory`, `1 GPU`. */
export function amountOf(name: ResourceName, value: number): string {
  const number = figure(name, value);
  const one = number === '1';
  switch (name) {
    case 'cores':
      return `${number} ${one ? 'core' : 'cores'}`;
    case 'servers':
      return `${number} ${one ? 'server' : 'servers'}`;
    case 'gpus':
      return `${number} ${one ? 'GPU' : 'GPUs'}`;
    default:
      return `${number} of ${NAMES[name].toLowerCase()}`;
  }
}

/** The amounts that are not nothing: `8 cores, 32 GiB of memory and 1 GPU`; `nothing` where all are. */
export function amountsWords(resources: Resources): string {
  const words = RESOURCES.filter(name => resources[name]).map(name => amountOf(name, resources[name]));
  return list(words) || 'nothing';
}

/** The same, shorter: `8 cores · 32 GiB · 1 GPU`. */
export function amountsShort(resources: Resources): string {
  const words = RESOURCES.filter(name => resources[name]).map(name =>
    name === 'memory' ? figure(name, resources[name]) : amountOf(name, resources[name])
  );
  return words.join(' · ') || 'nothing';
}

/** Nothing of anything. */
export const NOTHING: Resources = {
  cores: 0,
  memory: 0,
  temporary: 0,
  user: 0,
  data: 0,
  servers: 0,
  gpus: 0
};

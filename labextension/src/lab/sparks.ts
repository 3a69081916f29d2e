/** What the session's Sparks hold of the booking, as the lab's own server knows it. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { memory } from '../calendar/words';

/** What is held and what is booked; disk and memory in MiB. */
export interface Use {
  used: number;
  booked: number;
}

/** Executors that were asked for and don't run yet: how many, and why. */
export interface Waiting {
  count: number;
  reason: 'queued' | 'full' | 'no_machine' | 'starting';
  /** The place of the first of them in the cluster's queue, where that is told. */
  place: number | null;
}

/** The executors of all Sparks. */
export interface Executors extends Use {
  waiting: Waiting[];
}

/** One Spark, in a notebook or in a terminal. */
export interface Spark {
  name: string;
  /** The address of its own pages, behind the lab. */
  pages: string;
  /** It does not answer yet: the rest of what it says counts for nothing. */
  starting: boolean;
  executors: number;
  tasks: number;
  /** How many tasks may run at once. */
  room: number;
  /** What it asks for beyond the booking, in a sentence. */
  excess: string;
  /** Why the cluster gives it no executor just now, in the cluster's own words. */
  refused: string;
}

/** What the lab's route `aglais/spark` answers. */
export interface SparkInfo {
  sparks: Spark[];
  executors: Executors;
  memory: Use;
  scratch: Use;
}

/** Asks the lab's server; null where there is no Spark to be had, or no answer. */
export async function askSparks(settings: ServerConnection.ISettings): Promise<SparkInfo | null> {
  try {
    const url = URLExt.join(settings.baseUrl, 'aglais', 'spark');
    const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, settings);
    return response.ok ? ((await response.json()) as SparkInfo) : null;
  } catch {
    return null;
  }
}

/** `3 of 4 tasks at work`, `idle, room for 4 tasks`, `1 executor · …`, `waits for an executor: …` */
export function workWords(spark: Spark, { used, booked, waiting }: Executors): string {
  const wanted = waiting.reduce((sum, one) => sum + one.count, 0);
  if (spark.starting && !spark.refused) {
    return wanted ? 'waits for its first executor' : 'is starting';
  }
  const at = spark.room === 1 ? '1 task' : `${spark.room} tasks`;
  const work = spark.tasks ? `${spark.tasks} of ${at} at work` : `idle, room for ${at}`;
  if (!booked) {
    return work;
  }
  if (spark.executors) {
    return `${spark.executors === 1 ? '1 executor' : `${spark.executors} executors`} · ${work}`;
  }
  if (!spark.refused) {
    return wanted ? 'waits for an executor' : 'no executor just now: the next job gets one';
  }
  const taken = used + wanted;
  if (taken && spark.refused.includes('exceeded quota')) {
    const have = wanted ? 'have or wait for' : 'have';
    return `waits for an executor: other Sparks ${have} ${taken === booked ? `all ${booked}` : `${taken} of ${booked}`}`;
  }
  return `waits for an executor: ${spark.refused}`;
}

/** `2 queued, place 3`, `1 waits for a machine with room` */
export function waitingWords({ count, reason, place }: Waiting): string {
  const waits = count === 1 ? '1 waits' : `${count} wait`;
  switch (reason) {
    case 'queued':
      return place ? `${count} queued in the cluster, place ${place}` : `${count} queued in the cluster`;
    case 'full':
      return `${count} queued in the cluster: this queue has all that it may have`;
    case 'no_machine':
      return `${waits} for a machine with room`;
    case 'starting':
      return count === 1 ? '1 is starting' : `${count} are starting`;
  }
}

/** `1.2 GiB of 8 GiB`, or what is used alone where nothing limits it. */
export function heldWords(use: Use): string {
  return use.booked ? `${memory(use.used)} of ${memory(use.booked)}` : memory(use.used);
}

/** The uses that say something, with their names: executors only where they are apart, disk only where there is some. */
export function heldRows(info: SparkInfo): [string, Use, string][] {
  const { executors, scratch } = info;
  const rows: [string, Use, string][] = [['Memory', info.memory, heldWords(info.memory)]];
  if (executors.booked) {
    rows.unshift(['Executors', executors, `${executors.used} of ${executors.booked}`]);
  }
  if (scratch.booked || scratch.used) {
    rows.push(['Scratch', scratch, heldWords(scratch)]);
  }
  return rows;
}

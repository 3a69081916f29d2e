/** What the session's Sparks hold of the booking, as the lab's own server knows it. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { memory } from '../calendar/words';

/** What is held and what is booked; disk and memory in MiB. */
export interface Use {
  used: number;
  booked: number;
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
  executors: Use;
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
export function workWords(spark: Spark, { used, booked }: Use): string {
  if (spark.starting && !spark.refused) {
    return 'is starting';
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
    return 'no executor just now: the next job gets one';
  }
  if (used && spark.refused.includes('exceeded quota')) {
    return `waits for an executor: other Sparks have ${used === booked ? `all ${booked}` : `${used} of ${booked}`}`;
  }
  return `waits for an executor: ${spark.refused}`;
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

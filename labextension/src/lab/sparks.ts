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
  executors: number;
  tasks: number;
  /** How many tasks may run at once. */
  room: number;
  /** What it asks for beyond the booking, in a sentence. */
  excess: string;
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

/** `3 of 4 tasks at work`, `idle, room for 4 tasks`, `waiting for an executor` */
export function workWords(spark: Spark, apart: boolean): string {
  const at = spark.room === 1 ? '1 task' : `${spark.room} tasks`;
  if (apart && spark.executors === 0) {
    return 'no executor just now: the next job gets one';
  }
  const executors = spark.executors === 1 ? '1 executor' : `${spark.executors} executors`;
  const work = spark.tasks ? `${spark.tasks} of ${at} at work` : `idle, room for ${at}`;
  return apart ? `${executors} · ${work}` : work;
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

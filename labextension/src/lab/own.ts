/** What the panel asks of the lab's own server, beside its booking. */
import type { ServerConnection } from '@jupyterlab/services';
import { askGoing } from './goes';
import type { LabSession } from './session';
import { Going, SpacesInfo, askSpaces, keepGoing } from './spaces';
import { SparkInfo, askSparks } from './sparks';

export interface Own {
  sparks: () => Promise<SparkInfo | null>;
  spaces: () => Promise<SpacesInfo | null>;
  keep: (going: Going) => Promise<SpacesInfo>;
  /** Where the files of a home that goes are downloaded; null for one that stays. */
  going: () => Promise<string | null>;
  /** The page about all that is stored. */
  storagePage: () => string;
}

/** The same, asked of the server of this lab. */
export function ownServer(settings: ServerConnection.ISettings, session: LabSession): Own {
  return {
    sparks: () => askSparks(settings),
    spaces: () => askSpaces(settings),
    keep: going => keepGoing(settings, going),
    going: () => askGoing(settings),
    storagePage: () => `${session.current?.hub_prefix ?? '/'}hub/storage`
  };
}

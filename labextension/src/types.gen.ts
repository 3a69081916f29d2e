// Made by `npm run types` from the OpenAPI document of the services. Do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * PackageRows
     * @description Packages from the smallest to the largest, the newest version of each.
     */
    PackageRows: {
      /** Rows */
      rows: components['schemas']['Package'][];
      /** Next */
      next?: string | null;
    };
    /**
     * Package
     * @description One version of a package. A change makes a new version; a booking keeps the counts it was made with.
     */
    Package: {
      /** Name */
      name: string;
      /** Version */
      version: number;
      /** Url */
      url: string;
      /**
       * Title
       * @default
       */
      title: string;
      /** Rank */
      rank: number;
      size: components['schemas']['PackageSize'];
      /** Created */
      created: string;
    };
    /**
     * PackageSize
     * @description What one package holds: the notebook, its Spark workers, temporary and user disk (MiB), GPUs.
     */
    PackageSize: {
      notebook: components['schemas']['Part'];
      /**
       * @default {
       *       "count": 0,
       *       "cores": 0,
       *       "memory": 0
       *     }
       */
      workers: components['schemas']['Workers'];
      /**
       * Temporary
       * @default 0
       */
      temporary: number;
      /**
       * User
       * @default 0
       */
      user: number;
      /**
       * Gpus
       * @default 0
       */
      gpus: number;
      /** @description The sum that one booking of the package claims. */
      readonly resources: components['schemas']['Resources'];
    };
    /**
     * Part
     * @description The notebook server's share of a package: cores, and memory in MiB.
     */
    Part: {
      /** Cores */
      cores: number;
      /** Memory */
      memory: number;
    };
    /**
     * Workers
     * @description The Spark workers of a package: how many, and the cores and memory (MiB) of each.
     */
    Workers: {
      /**
       * Count
       * @default 0
       */
      count: number;
      /**
       * Cores
       * @default 0
       */
      cores: number;
      /**
       * Memory
       * @default 0
       */
      memory: number;
    };
    /**
     * Resources
     * @description An amount of every resource at once. Cores are decimal, memory and disks are MiB, servers and GPUs whole.
     */
    Resources: {
      /**
       * Cores
       * @default 0
       */
      cores: number;
      /**
       * Memory
       * @default 0
       */
      memory: number;
      /**
       * Temporary
       * @default 0
       */
      temporary: number;
      /**
       * User
       * @default 0
       */
      user: number;
      /**
       * Data
       * @default 0
       */
      data: number;
      /**
       * Servers
       * @default 0
       */
      servers: number;
      /**
       * Gpus
       * @default 0
       */
      gpus: number;
    };
    /**
     * GrantRows
     * @description A page of grants; ``next`` is the address of the following page, where there is one.
     */
    GrantRows: {
      /** Rows */
      rows: components['schemas']['Grant'][];
      /** Next */
      next?: string | null;
    };
    /**
     * Grant
     * @description Capacity that a cluster has during ``[start, end)``.
     */
    Grant: {
      /** Id */
      id: string;
      /** Url */
      url: string;
      /** Cluster */
      cluster: string;
      /** Start */
      start: string;
      /** End */
      end: string;
      resources: components['schemas']['Resources'];
      /**
       * Note
       * @default
       */
      note: string;
      /** Version */
      version: number;
      /** Created */
      created: string;
    };
    /**
     * Available
     * @description Availability over ``range``, a row for each ``grain`` (hour, day, week, month) in the zone ``tz``.
     */
    Available: {
      /** Range */
      range: [string, string];
      /** Grain */
      grain: string;
      /** Tz */
      tz: string;
      /** Rows */
      rows: components['schemas']['AvailableRow'][];
    };
    /**
     * AvailableRow
     * @description What is left throughout ``[start, end)``: the least of every instant in it, and how many of each package fit.
     */
    AvailableRow: {
      /** Start */
      start: string;
      /** End */
      end: string;
      resources: components['schemas']['Resources'];
      /** Packages */
      packages: {
        [key: string]: number;
      };
    };
    /**
     * BookingRows
     * @description A page of bookings by start; ``next`` is the address of the following page, where there is one.
     */
    BookingRows: {
      /** Rows */
      rows: components['schemas']['Booking'][];
      /** Next */
      next?: string | null;
    };
    /**
     * Booking
     * @description A claim on a cluster during one or more spans, in a phase.
     *
     *     ``version`` goes up with every change: an edit that names an older one is refused. ``expires`` is set on an offer.
     *     ``kind`` says, on an offer, which it is: ``earliest``, ``smaller`` or ``shorter``. ``reason`` says why it is in
     *     its phase, where that is not plain.
     */
    Booking: {
      /** Id */
      id: string;
      /** Url */
      url: string;
      /** Account */
      account: string;
      phase: components['schemas']['Phase'];
      /** Version */
      version: number;
      /** Package */
      package: string | null;
      /** Package Version */
      package_version: number | null;
      /** Cluster */
      cluster: string;
      /**
       * Sharing
       * @enum {string}
       */
      sharing: 'shared' | 'managed' | 'reserved';
      resources: components['schemas']['Resources'];
      /** Spans */
      spans: components['schemas']['Span'][];
      /** Start */
      start: string;
      /** End */
      end: string;
      /** Created */
      created: string;
      /** Modified */
      modified: string;
      /** Expires */
      expires?: string | null;
      /** Kind */
      kind?: string | null;
      /**
       * Reason
       * @default
       */
      reason: string;
      /**
       * Note
       * @default
       */
      note: string;
    };
    /**
     * Phase
     * @description The phases of a booking; the names are those of the IVOA Execution Broker.
     * @enum {string}
     */
    Phase:
      | 'INITIAL'
      | 'OFFERED'
      | 'ACCEPTED'
      | 'WAITING'
      | 'PREPARING'
      | 'AVAILABLE'
      | 'RUNNING'
      | 'RELEASING'
      | 'COMPLETED'
      | 'REJECTED'
      | 'EXPIRED'
      | 'CANCELLED'
      | 'FAILED';
    /**
     * Span
     * @description A half-open interval ``[start, end)``.
     */
    Span: {
      /** Start */
      start: string;
      /** End */
      end: string;
    };
    /**
     * BookingEdit
     * @description Change a booking: its end (``enddate``, or longer by ``extend``, ISO 8601), its phase, or its note.
     *
     *     ``phase`` may be ACCEPTED (take an offer), REJECTED (decline it), CANCELLED (before its start) or COMPLETED (end
     *     it now). With ``version``, the edit is refused with 409 if the booking has changed since.
     */
    BookingEdit: {
      phase?: components['schemas']['Phase'] | null;
      /** Enddate */
      enddate?: string | null;
      /** Extend */
      extend?: string | null;
      /** Note */
      note?: string | null;
      /** Version */
      version?: number | null;
      /**
       * Tz
       * @default UTC
       */
      tz: string;
    };
    /**
     * Extension
     * @description How far a booking could be extended as the timeline stands now.
     *
     *     ``until`` is the latest end that fits, within the step asked for; ``because`` says in words what ends it there,
     *     and is empty where the whole step fits.
     */
    Extension: {
      /** Until */
      until: string | null;
      /**
       * Because
       * @default
       */
      because: string;
    };
    /**
     * Error
     * @description What went wrong: a stable ``code``, the ``rule`` or input ``field`` it concerns, and what to do next.
     */
    Error: {
      /** Code */
      code: string;
      /** Message */
      message: string;
      /** Rule */
      rule?: string | null;
      /** Field */
      field?: string | null;
      /** Help */
      help?: string | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

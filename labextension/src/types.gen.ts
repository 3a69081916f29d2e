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
     *
     *     A blackout is a grant of less than nothing: negative amounts, or with ``share`` (a negative percentage) a part of
     *     all that the other grants give.
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
      /** Share */
      share?: number | null;
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
     *     ``version`` goes up with every change: an edit that names an older one is refused. ``expires`` is set on an offer,
     *     and so is ``kind``, which says how it differs from what was asked for. ``reason`` says why the booking is in its
     *     phase, where that is not plain. ``share`` is the percentage of the cluster that it follows, where it was booked so,
     *     and ``recurrence`` the RFC 5545 rule that its spans come from. ``until`` is when its server has to stop: the end of
     *     the span that is running or comes next, or of the account's bookings that follow it without a gap on the same
     *     package. ``why`` is the address of the decision that made it. ``outage`` is since when it has had no server through
     *     no fault of its holder. ``lost`` is how long that was in all (ISO 8601), once it is over: time that was not used,
     *     whether the booking was made longer by it or not. ``prepare`` is whether its lab is made
     *     ready before its start, and ``prepares`` since or from when that is for the span to come.
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
      kind?: ('asked' | 'earliest' | 'smaller' | 'shorter' | 'split' | 'week') | null;
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
      /** Share */
      share?: number | null;
      /** Recurrence */
      recurrence?: string | null;
      /** Until */
      until: string;
      /** Why */
      why?: string | null;
      /** Outage */
      outage?: string | null;
      /**
       * Lost
       * @default PT0S
       */
      lost: string;
      /**
       * Prepare
       * @default false
       */
      prepare: boolean;
      /** Prepares */
      prepares?: string | null;
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
     * BookingRequest
     * @description Ask for a booking: a package, explicit resources, or a share of a cluster.
     *
     *     Dates without a time are whole days of ``tz``.
     *
     *     ``startdate`` may be left out for *now*; instead of ``enddate`` a ``duration`` (ISO 8601, as in ``PT2H``) may be
     *     given. With ``window`` (ISO 8601) the booking may start up to that much later, as early as it fits, and no offer
     *     lies outside of it. ``shortest`` (ISO 8601) and ``smallest`` (a package) bound what is worth offering instead.
     *
     *     Several spans are listed in ``spans`` instead of dates: in JSON a list of ``{start, end}``, or of texts
     *     ``start/end``, ``start/duration`` or ``date``; in a form those texts with commas between them. Or they follow from
     *     the first by ``recurrence``, an RFC 5545 rule as in ``FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10``.
     *
     *     ``share`` asks for a percentage of all that the cluster has, as in ``20%``. ``account`` books for another account
     *     and needs an admin. With ``prepare`` the lab is started for its holder, shortly before the booking's start.
     */
    BookingRequest: {
      /** Package */
      package?: string | null;
      /** Cluster */
      cluster?: string | null;
      /** Startdate */
      startdate?: string | null;
      /** Enddate */
      enddate?: string | null;
      /** Duration */
      duration?: string | null;
      /** Window */
      window?: string | null;
      /** Spans */
      spans?: string | unknown[] | null;
      /** Recurrence */
      recurrence?: string | null;
      /**
       * Tz
       * @default UTC
       */
      tz: string;
      /** Shortest */
      shortest?: string | null;
      /** Smallest */
      smallest?: string | null;
      /** Share */
      share?: string | null;
      /**
       * Cores
       * @default 0
       */
      cores: number | string;
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
      /**
       * Sharing
       * @default managed
       * @enum {string}
       */
      sharing: 'shared' | 'managed' | 'reserved';
      /** Account */
      account?: string | null;
      /**
       * Note
       * @default
       */
      note: string;
      /**
       * Prepare
       * @default false
       */
      prepare: boolean;
    };
    /**
     * BookingEdit
     * @description Change a booking: when it is, its phase, or its note.
     *
     *     ``enddate`` moves its end either way; ``extend`` makes it longer and ``shorten`` shorter by an ISO 8601 duration.
     *     ``startdate`` moves the whole of it, as long as it was unless ``enddate`` is given too. With ``partial``, an
     *     extension that does not fit is made as far as it does; otherwise the refusal says until when.
     *
     *     ``phase`` may be ACCEPTED (take an offer), REJECTED (decline it), CANCELLED (before its start) or COMPLETED (end
     *     it now). ``prepare`` is whether its lab is made ready before its start. With ``version``, the edit is refused with
     *     409 if the booking has changed since; the answer says how.
     */
    BookingEdit: {
      phase?: components['schemas']['Phase'] | null;
      /** Startdate */
      startdate?: string | null;
      /** Enddate */
      enddate?: string | null;
      /** Extend */
      extend?: string | null;
      /** Shorten */
      shorten?: string | null;
      /**
       * Partial
       * @default false
       */
      partial: boolean;
      /** Note */
      note?: string | null;
      /** Prepare */
      prepare?: boolean | null;
      /** Version */
      version?: number | null;
      /**
       * Tz
       * @default UTC
       */
      tz: string;
    };
    /**
     * Offers
     * @description Offers that were asked for, at most four, each held until it expires.
     */
    Offers: {
      /** Offers */
      offers: components['schemas']['Booking'][];
      /** Why */
      why: string;
    };
    /**
     * Change
     * @description One change of a booking: what was and what is, of each field that changed. ``by`` is who or what made it.
     */
    Change: {
      /** Version */
      version: number;
      /** At */
      at: string;
      /** By */
      by: string;
      /** Fields */
      fields: {
        [key: string]: [unknown, unknown];
      };
    };
    /**
     * Extension
     * @description How far a booking could be extended as the timeline stands now.
     *
     *     ``until`` is the latest end that fits, within the step asked for, and nothing where no part of it does; ``because``
     *     says in words what ends it there, and is empty where the whole step fits.
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
     * ErrorAnswer
     * @description The body of every answer that is not a success.
     *
     *     After a refusal ``offers`` holds bookings in OFFERED, ``until`` is how far an extension could go, and ``why`` is the
     *     address of the decision. After an edit of an older version, ``changes`` says what has changed since. ``hit`` are
     *     the bookings in the way of a change of capacity.
     */
    ErrorAnswer: {
      error: components['schemas']['Error'];
      /** Offers */
      offers?: unknown[] | null;
      /** Until */
      until?: string | null;
      /** Why */
      why?: string | null;
      /** Changes */
      changes?: unknown[] | null;
      /** Hit */
      hit?: unknown[] | null;
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
    /**
     * DecisionRows
     * @description A page of decisions, the latest first.
     */
    DecisionRows: {
      /** Rows */
      rows: components['schemas']['DecisionRow'][];
      /** Next */
      next?: string | null;
    };
    /**
     * DecisionRow
     * @description A decision in brief.
     */
    DecisionRow: {
      /** Id */
      id: string;
      /** Url */
      url: string;
      /** Account */
      account: string;
      /** Made */
      made: string;
      /**
       * Outcome
       * @enum {string}
       */
      outcome: 'accepted' | 'refused' | 'offered';
      /** Rule */
      rule: string | null;
      /** Message */
      message: string;
      /** Request */
      request: {
        [key: string]: unknown;
      };
      /** Booking */
      booking: string | null;
    };
    /**
     * Decision
     * @description A decision, replayed: the timeline is read as it stood at that change, and the same rules are asked again.
     *
     *     ``agrees`` is whether they gave the same outcome again. ``offers`` are those that were made with it, as they are by
     *     now.
     */
    Decision: {
      /** Id */
      id: string;
      /** Url */
      url: string;
      /** Account */
      account: string;
      /** Made */
      made: string;
      /**
       * Outcome
       * @enum {string}
       */
      outcome: 'accepted' | 'refused' | 'offered';
      /** Rule */
      rule: string | null;
      /** Message */
      message: string;
      /** Request */
      request: {
        [key: string]: unknown;
      };
      /** Booking */
      booking: string | null;
      /** Change */
      change: number;
      /** Trials */
      trials: components['schemas']['Trial'][];
      /** Offers */
      offers: components['schemas']['Booking'][];
      /** Agrees */
      agrees: boolean;
    };
    /**
     * Trial
     * @description How one span of the request fared on one cluster: what it needed, what was left at the tightest instant.
     *
     *     ``granted`` is what the cluster had at that instant, ``short`` names the resources that were not enough there, and
     *     ``takers`` are the claims that covered that instant.
     */
    Trial: {
      /** Cluster */
      cluster: string;
      span: components['schemas']['Span'];
      /** Fits */
      fits: boolean;
      need: components['schemas']['Resources'];
      least: components['schemas']['Resources'];
      /** At */
      at: string;
      granted: components['schemas']['Resources'];
      /** Short */
      short: string[];
      /** Takers */
      takers: components['schemas']['Taker'][];
    };
    /**
     * Taker
     * @description What took capacity in a span, as it stood at the decision: a booking, or nothing more than its share of it.
     *
     *     ``booking`` and ``account`` are told to admins, and to an account about its own.
     */
    Taker: {
      /** Start */
      start: string;
      /** End */
      end: string;
      resources: components['schemas']['Resources'];
      phase: components['schemas']['Phase'];
      /** Mine */
      mine: boolean;
      /** Booking */
      booking?: string | null;
      /** Account */
      account?: string | null;
    };
    /**
     * ClusterRows
     * @description The clusters, by name.
     */
    ClusterRows: {
      /** Rows */
      rows: components['schemas']['Cluster'][];
      /** Next */
      next?: string | null;
    };
    /**
     * Cluster
     * @description A pool of capacity that grants and bookings are counted in.
     *
     *     ``overcommit`` is how many ``shared`` bookings use each core and MiB of memory at once. ``buffer`` is the time
     *     (ISO 8601) that servers of a ``reserved`` booking stay closed after it, to be made ready for the next.
     *     ``change`` is the number of the last change to the timeline. ``unverified`` says why nothing more is booked on it
     *     for now, as the end of a sentence; it is empty where bookings are taken.
     */
    Cluster: {
      /** Name */
      name: string;
      /** Url */
      url: string;
      /** Overcommit */
      overcommit: number;
      /** Buffer */
      buffer: string;
      /** Change */
      change: number;
      /** Created */
      created: string;
      /**
       * Unverified
       * @default
       */
      unverified: string;
    };
    /**
     * ClusterEdit
     * @description Change how bookings are counted in a cluster, from now on: bookings that are there keep what they have.
     */
    ClusterEdit: {
      /** Overcommit */
      overcommit?: number | string | null;
      /** Buffer */
      buffer?: string | null;
    };
    /**
     * ClusterRequest
     * @description Make a cluster; with dates and amounts also its first grant. Without a name it gets one.
     */
    ClusterRequest: {
      /** Name */
      name?: string | null;
      /**
       * Overcommit
       * @default 1
       */
      overcommit: number | string;
      /**
       * Buffer
       * @default PT0S
       */
      buffer: string;
      /** Startdate */
      startdate?: string | null;
      /** Enddate */
      enddate?: string | null;
      /**
       * Cores
       * @default 0
       */
      cores: number | string;
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
      /**
       * Note
       * @default
       */
      note: string;
      /**
       * Tz
       * @default UTC
       */
      tz: string;
    };
    /**
     * GrantRequest
     * @description Ask for a grant, or with negative amounts for a blackout.
     *
     *     Dates without a time are whole days of ``tz``, the last included.
     *     ``share`` takes away a part of all that the cluster has, as in ``-100%`` for closing it. Where bookings would no
     *     longer fit, ``hit`` decides: ``refuse`` the grant, or ``cancel`` those bookings, the latest made first.
     */
    GrantRequest: {
      /** Cluster */
      cluster?: string | null;
      /** Startdate */
      startdate: string;
      /** Enddate */
      enddate: string;
      /**
       * Cores
       * @default 0
       */
      cores: number | string;
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
      /** Share */
      share?: string | null;
      /**
       * Hit
       * @default refuse
       * @enum {string}
       */
      hit: 'refuse' | 'cancel';
      /**
       * Note
       * @default
       */
      note: string;
      /**
       * Tz
       * @default UTC
       */
      tz: string;
    };
    /**
     * Hit
     * @description The bookings that a grant, or the loss of one, would hit: the latest made first, until the rest fits.
     */
    Hit: {
      /** Hit */
      hit: components['schemas']['Booking'][];
    };
    /**
     * NodeRows
     * @description The clusters that follow nodes, and the nodes, as they were ``read``; ``because`` says why not, where that is so.
     *
     *     ``every`` is the number of seconds between two looks; 0 where no cluster is followed.
     */
    NodeRows: {
      /** Read */
      read: string | null;
      /** Every */
      every: number;
      /**
       * Because
       * @default
       */
      because: string;
      /** Clusters */
      clusters: components['schemas']['PoolRow'][];
      /** Nodes */
      nodes: components['schemas']['Node'][];
    };
    /**
     * PoolRow
     * @description A cluster as its nodes have it: what they ``give``, and what is ``granted`` for it.
     *
     *     ``hit`` are the bookings that need more than there is. ``because`` says why nothing more is booked here, where that
     *     is so.
     */
    PoolRow: {
      /** Cluster */
      cluster: string;
      gives: components['schemas']['Resources'];
      granted: components['schemas']['Resources'];
      /** Hit */
      hit: components['schemas']['Booking'][];
      /**
       * Because
       * @default
       */
      because: string;
    };
    /**
     * Node
     * @description A node and the cluster that it is counted in.
     *
     *     ``ready`` gives all that system pods and the reserve leave, ``cordoned`` what sessions on it still have. One that
     *     is ``away`` (not ready), ``tainted`` or ``misnamed`` (its pool can't be a cluster's name) gives nothing.
     */
    Node: {
      /** Name */
      name: string;
      /** Cluster */
      cluster: string;
      /**
       * State
       * @enum {string}
       */
      state: 'ready' | 'cordoned' | 'away' | 'tainted' | 'misnamed';
      /** Reserved */
      reserved: boolean;
      resources: components['schemas']['Resources'];
    };
    /**
     * Audit
     * @description What was found, and when. Empty: cluster and records agree.
     */
    Audit: {
      /** At */
      at: string;
      /** Findings */
      findings: components['schemas']['Finding'][];
    };
    /**
     * Finding
     * @description Something on the cluster that does not agree with what is on record.
     *
     *     ``message`` says what, ``help`` what repairing does to it. ``repaired`` is whether that was just done. ``uid`` is
     *     the cluster's own for the thing: another of the same name is another thing.
     */
    Finding: {
      /**
       * Kind
       * @enum {string}
       */
      kind: 'pod' | 'session' | 'volume' | 'namespace' | 'size';
      /** Name */
      name: string;
      /** Account */
      account: string;
      /** Message */
      message: string;
      /** Help */
      help: string;
      /**
       * Uid
       * @default
       */
      uid: string;
      /**
       * Repaired
       * @default false
       */
      repaired: boolean;
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

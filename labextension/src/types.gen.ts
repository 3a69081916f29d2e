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
     *     ready before its start, and ``prepares`` since or from when that is for the span to come. ``group`` is whose
     *     budget it is charged to, where it is a group's.
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
      /** Group */
      group?: string | null;
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
     *     ``group`` is the group, one of the account's, whose budget it is charged to.
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
      /** Group */
      group?: string | null;
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
     *     it now). ``prepare`` is whether its lab is made ready before its start. ``group`` charges what is ahead to this
     *     group of its holder's, with ``-`` to none. With ``version``, the edit is refused with 409 if the booking has changed
     *     since; the answer says how.
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
      /** Group */
      group?: string | null;
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
    /**
     * AccountRows
     * @description A page of accounts; ``next`` is the address of the following page, where there is one.
     *
     *     ``total``, how many there are on all pages, is told where it is asked for.
     */
    AccountRows: {
      /** Rows */
      rows: components['schemas']['Account'][];
      /** Next */
      next?: string | null;
      /** Total */
      total?: number | null;
    };
    /**
     * Account
     * @description A person, or an anonymous visitor. ``name`` is the hub's user name. ``level`` 0 is anonymous, 1 basic.
     *
     *     ``allowance`` is what it may have: its level's, but for the ``attributes`` that an admin has set by hand. While it
     *     is ``suspended``, for a ``reason``, it is no way in, nor once it is ``ending``: then it is being erased. ``terms``
     *     is the version of the terms of use that was accepted. ``asks`` names what has to be answered before the next lab:
     *     ``affiliation``, ``terms``. ``seen`` is when somebody last logged in; ``version`` counts the changes by admins and
     *     its owner.
     */
    Account: {
      /** Name */
      name: string;
      /** Url */
      url: string;
      /** Level */
      level: number;
      /** Display */
      display: string;
      /** Admin */
      admin: boolean;
      /** Package */
      package: string;
      /**
       * @default {
       *       "package": "small",
       *       "notebooks": {
       *         "keep": "no"
       *       },
       *       "saved": {
       *         "keep": "no"
       *       },
       *       "temporary": {
       *         "keep": "no"
       *       }
       *     }
       */
      allowance: components['schemas']['Allowance'];
      attributes?: components['schemas']['Attributes'] | null;
      /**
       * Affiliation
       * @default
       */
      affiliation: string;
      /**
       * Terms
       * @default
       */
      terms: string;
      /** Accepted */
      accepted?: string | null;
      /**
       * Asks
       * @default []
       */
      asks: string[];
      /** Created */
      created: string;
      /** Expires */
      expires?: string | null;
      /** Suspended */
      suspended?: string | null;
      /** Ending */
      ending?: string | null;
      /**
       * Reason
       * @default
       */
      reason: string;
      /** Seen */
      seen?: string | null;
      /**
       * Version
       * @default 1
       */
      version: number;
      /**
       * Identities
       * @default []
       */
      identities: components['schemas']['Identity'][];
    };
    /**
     * Allowance
     * @description What an account may have. ``package`` is what a server gets when none is named.
     *
     *     An account that ``lasts`` ends so long after it was opened.
     */
    Allowance: {
      /**
       * Package
       * @default small
       */
      package: string;
      /** Lasts */
      lasts?: string | null;
      /**
       * @default {
       *       "keep": "no"
       *     }
       */
      notebooks: components['schemas']['Space'];
      /**
       * @default {
       *       "keep": "no"
       *     }
       */
      saved: components['schemas']['Space'];
      /**
       * @default {
       *       "keep": "no"
       *     }
       */
      temporary: components['schemas']['Space'];
    };
    /**
     * Space
     * @description What may be in a space: so many ``files`` of so many MiB together (``size``), each kept for so long (``kept``).
     *
     *     ``keep`` says whether its owner may put that off.
     */
    Space: {
      /** Files */
      files?: number | null;
      /** Size */
      size?: number | null;
      /** Kept */
      kept?: string | null;
      /**
       * Keep
       * @default no
       * @enum {string}
       */
      keep: 'no' | 'again' | 'always';
    };
    /**
     * Attributes
     * @description What an admin has set for one account by hand; what is left out is as its level has it.
     *
     *     So is what a space leaves out, as its level has it when it is set; ``null`` is *no limit* and *for good*.
     */
    Attributes: {
      /** Package */
      package?: string | null;
      notebooks?: components['schemas']['Space'] | null;
      saved?: components['schemas']['Space'] | null;
      temporary?: components['schemas']['Space'] | null;
    };
    /**
     * Identity
     * @description One way in: an email address with a password, or a provider and the subject it knows the person by.
     *
     *     ``label`` is what the provider calls the person, which may change; ``email`` an address that it has verified.
     */
    Identity: {
      /**
       * Id
       * @default 0
       */
      id: number;
      /** Kind */
      kind: string;
      /** Subject */
      subject: string;
      /**
       * Label
       * @default
       */
      label: string;
      /** Email */
      email?: string | null;
      /** Verified */
      verified?: string | null;
    };
    /**
     * AccountSettings
     * @description What an admin sets for an account; what is left out stays.
     *
     *     ``expires`` and ``attributes`` are taken away with ``null``. With ``version``, that of the account as it was looked
     *     at, nothing is changed where somebody else has changed it since. ``note`` goes into the trail, for admins alone.
     */
    AccountSettings: {
      /** Level */
      level?: number | null;
      attributes?: components['schemas']['Attributes'] | null;
      /** Expires */
      expires?: string | null;
      /** Display */
      display?: string | null;
      /** Affiliation */
      affiliation?: string | null;
      /** Version */
      version?: number | null;
      /**
       * Note
       * @default
       */
      note: string;
    };
    /**
     * AccountChangeRows
     * @description A page of changes, the latest first; ``next`` is the address of the following page, where there is one.
     */
    AccountChangeRows: {
      /** Rows */
      rows: components['schemas']['AccountChange'][];
      /** Next */
      next?: string | null;
    };
    /**
     * AccountChange
     * @description A change to an account: ``what`` in words, with what was so ``before`` and ``after``.
     *
     *     ``by`` is the name of whoever made it, and empty where it was time. One's own trail says ``an admin`` of everybody
     *     else, and has no ``note``.
     */
    AccountChange: {
      /** Id */
      id: string;
      /** At */
      at: string;
      /** Account */
      account: string;
      /** By */
      by: string;
      /**
       * Through
       * @enum {string}
       */
      through: 'api' | 'page' | 'cli' | 'platform';
      /** What */
      what: string;
      /** Before */
      before?: {
        [key: string]: unknown;
      } | null;
      /** After */
      after?: {
        [key: string]: unknown;
      } | null;
      /**
       * Note
       * @default
       */
      note: string;
    };
    /**
     * Holdings
     * @description What an account has, and would lose.
     *
     *     ``server`` says that one runs, ``bookings`` how many there are that are not over. ``groups`` are those that it is a
     *     member of, ``alone`` those of them that have no other owner.
     */
    Holdings: {
      /** Account */
      account: string;
      /**
       * Server
       * @default false
       */
      server: boolean;
      /**
       * Bookings
       * @default 0
       */
      bookings: number;
      /**
       * Spaces
       * @default []
       */
      spaces: components['schemas']['SpaceUse'][];
      /**
       * Keys
       * @default 0
       */
      keys: number;
      /**
       * Groups
       * @default []
       */
      groups: string[];
      /**
       * Alone
       * @default []
       */
      alone: string[];
    };
    /**
     * SpaceUse
     * @description What is in a space: so many files of so many MiB together, as last measured.
     */
    SpaceUse: {
      /** Space */
      space: string;
      /** Files */
      files: number;
      /** Size */
      size: number;
    };
    /**
     * Policy
     * @description The allowance of each level; a level that is not named has that of the next lower one that is.
     */
    Policy: {
      /** Levels */
      levels: {
        [key: string]: components['schemas']['Allowance'];
      };
    };
    /**
     * Suspension
     * @description Suspend an account: no way in from now on, and its server is stopped.
     *
     *     Its owner is told the ``reason``. ``bookings`` says what becomes of those that have not begun. ``note`` goes into
     *     the trail, for admins alone.
     */
    Suspension: {
      /** Reason */
      reason: string;
      /**
       * Bookings
       * @default keep
       * @enum {string}
       */
      bookings: 'keep' | 'release';
      /**
       * Note
       * @default
       */
      note: string;
    };
    /**
     * KeyRows
     * @description The keys of an account, oldest first, of at most ``limit``.
     *
     *     With ``command_line``, machines that ask the platform let the account in with its authorised keys.
     */
    KeyRows: {
      /** Rows */
      rows: components['schemas']['Key'][];
      /** Limit */
      limit: number;
      /** Command Line */
      command_line: boolean;
    };
    /**
     * Key
     * @description A key, by its public half; no answer ever holds a private one.
     *
     *     An ``authorised`` key is one whose owner holds the private half: machines let them in with it. Of a ``generated``
     *     one the platform does. ``type`` is OpenSSH's name of the algorithm, ``public`` the line for an ``authorized_keys``
     *     file, ``fingerprint`` what ``ssh-keygen -l`` shows. ``used`` is when a machine last asked for an authorised key, or
     *     the platform last signed with a generated one.
     */
    Key: {
      /** Id */
      id: number;
      /** Url */
      url: string;
      /** Name */
      name: string;
      /**
       * Kind
       * @enum {string}
       */
      kind: 'authorised' | 'generated';
      /** Type */
      type: string;
      /** Bits */
      bits: number;
      /** Fingerprint */
      fingerprint: string;
      /** Public */
      public: string;
      /** Created */
      created: string;
      /** Used */
      used?: string | null;
    };
    /**
     * InvitationRows
     * @description A page of invitations, the latest first; ``next`` is the address of the following page, where there is one.
     */
    InvitationRows: {
      /** Rows */
      rows: components['schemas']['Invitation'][];
      /** Next */
      next?: string | null;
    };
    /**
     * Invitation
     * @description An invitation, which counts ``until`` then; ``account`` is who has come of it, ``by`` who has invited.
     */
    Invitation: {
      /** Id */
      id: string;
      /** Url */
      url: string;
      /** Email */
      email: string;
      /** Level */
      level: number;
      /** Expires */
      expires?: string | null;
      /**
       * Group
       * @default
       */
      group: string;
      /**
       * Note
       * @default
       */
      note: string;
      /** By */
      by: string;
      /** Created */
      created: string;
      /** Until */
      until: string;
      /** Mailed */
      mailed: string;
      /**
       * State
       * @enum {string}
       */
      state: 'waiting' | 'accepted' | 'withdrawn' | 'expired';
      /** Account */
      account?: string | null;
    };
    /**
     * WorkshopAccountRows
     * @description All accounts of a workshop that are there.
     */
    WorkshopAccountRows: {
      /** Rows */
      rows: components['schemas']['WorkshopAccount'][];
    };
    /**
     * WorkshopAccount
     * @description An account of a workshop. Its link was made at ``linked``, and last ``used`` then; without one it has no link.
     *
     *     ``expires`` is another than the workshop's ``until`` where an admin has set its end by itself. ``lab`` says whether
     *     it has one now; nothing where the hub does not tell.
     */
    WorkshopAccount: {
      /** Account */
      account: string;
      /** Linked */
      linked?: string | null;
      /** Used */
      used?: string | null;
      /** Seen */
      seen?: string | null;
      /** Expires */
      expires?: string | null;
      /** Suspended */
      suspended?: string | null;
      /** Ending */
      ending?: string | null;
      /** Lab */
      lab?: boolean | null;
    };
    /**
     * WorkshopCards
     * @description A workshop, and cards of its accounts. Their links are told this once.
     */
    WorkshopCards: {
      workshop: components['schemas']['Workshop'];
      /** Rows */
      rows: components['schemas']['Card'][];
    };
    /**
     * Workshop
     * @description A workshop, which ends at ``until``; ``by`` is who opened it.
     *
     *     So many accounts were ``opened`` for it, of which ``accounts`` are there, and to ``come`` of them somebody has
     *     logged in. ``version`` counts the changes by admins.
     */
    Workshop: {
      /** Name */
      name: string;
      /** Url */
      url: string;
      /**
       * State
       * @enum {string}
       */
      state: 'open' | 'ending' | 'over';
      /** Level */
      level: number;
      /** Until */
      until: string;
      /** Erase */
      erase: boolean;
      /** Created */
      created: string;
      /** By */
      by: string;
      /** Opened */
      opened: number;
      /** Accounts */
      accounts: number;
      /** Come */
      come: number;
      /** Version */
      version: number;
    };
    /**
     * Card
     * @description An account of a workshop, and the link that logs it in until it ends.
     *
     *     ``qr``, told where it is asked for, is the link as a picture for phones: an SVG in a ``data:`` address.
     */
    Card: {
      /** Account */
      account: string;
      /** Url */
      url: string;
      /**
       * Qr
       * @default
       */
      qr: string;
    };
    /**
     * WorkshopHoldings
     * @description What the accounts have that end with a workshop: labs that run, bookings that are not over, files in MiB.
     *
     *     ``apart`` are accounts that have an end of their own, and stay.
     */
    WorkshopHoldings: {
      /** Accounts */
      accounts: number;
      /** Apart */
      apart: number;
      /** Labs */
      labs: number;
      /** Bookings */
      bookings: number;
      /** Files */
      files: number;
      /** Size */
      size: number;
    };
    /**
     * WorkshopRows
     * @description A page of workshops, the latest first; ``next`` is the address of the following page, where there is one.
     */
    WorkshopRows: {
      /** Rows */
      rows: components['schemas']['Workshop'][];
      /** Next */
      next?: string | null;
    };
    /**
     * StorageRows
     * @description A page of accounts, those with most first; ``next`` is the address of the following page, where there is one.
     */
    StorageRows: {
      /** Rows */
      rows: components['schemas']['StorageRow'][];
      /** Next */
      next?: string | null;
    };
    /**
     * StorageRow
     * @description What an account has stored: files, and bytes.
     */
    StorageRow: {
      /** Account */
      account: string;
      /** Measured */
      measured: string;
      /** Files */
      files: number;
      /** Size */
      size: number;
      /** Spaces */
      spaces: {
        [key: string]: [number, number];
      };
    };
    /**
     * GroupRows
     * @description Groups by name.
     */
    GroupRows: {
      /** Rows */
      rows: components['schemas']['Group'][];
    };
    /**
     * Group
     * @description A project. ``role`` is the caller's in it, ``None`` for an admin who is not in it.
     *
     *     ``version`` goes up with every change of what it is called. ``led`` says whether an owner of it can log in: else
     *     only an admin changes who is in it. ``shared`` is its folder in its members' labs, where there are such.
     */
    Group: {
      /** Name */
      name: string;
      /** Url */
      url: string;
      /** Display */
      display: string;
      /** Note */
      note: string;
      /** Created */
      created: string;
      /** Version */
      version: number;
      /** Role */
      role: ('owner' | 'member') | null;
      /** Members */
      members: components['schemas']['Member'][];
      /**
       * Led
       * @default true
       */
      led: boolean;
      budget: components['schemas']['Budget'] | null;
      shared?: components['schemas']['Shared'] | null;
    };
    /**
     * Member
     * @description An account in a group; ``by`` is who added it.
     */
    Member: {
      /** Account */
      account: string;
      /** Display */
      display: string;
      /**
       * Role
       * @enum {string}
       */
      role: 'owner' | 'member';
      /** Since */
      since: string;
      /** By */
      by: string;
    };
    /**
     * Budget
     * @description Core-hours that a group may have from ``start`` until ``end``: a core for an hour is one.
     *
     *     ``used`` is what its bookings had until now, ``ahead`` what is booked from now on, ``held`` what open offers may yet
     *     take, ``left`` the rest of ``hours``.
     */
    Budget: {
      /** Hours */
      hours: string;
      /** Start */
      start: string;
      /** End */
      end: string;
      /** Used */
      used: string;
      /** Ahead */
      ahead: string;
      /** Held */
      held: string;
      /** Left */
      left: string;
    };
    /**
     * Shared
     * @description A group's shared space: ``files`` of ``size`` MiB together at most, and how many there were when it was measured.
     *
     *     Nothing limits what is ``None``.
     */
    Shared: {
      /** Files */
      files?: number | null;
      /** Size */
      size?: number | null;
      /**
       * Has Files
       * @default 0
       */
      has_files: number;
      /**
       * Has Size
       * @default 0
       */
      has_size: number;
      /** Measured */
      measured?: string | null;
    };
    /**
     * Storage
     * @description The spaces of an account as they were last measured, and what was deleted in the last thirty days, last first.
     */
    Storage: {
      /** Account */
      account: string;
      /** Measured */
      measured?: string | null;
      /** Spaces */
      spaces: {
        [key: string]: components['schemas']['Usage'];
      };
      /**
       * Items
       * @default []
       */
      items: components['schemas']['StoredItem'][];
      /**
       * Deleted
       * @default []
       */
      deleted: components['schemas']['Deleted'][];
    };
    /**
     * Usage
     * @description What is in a space, and what may be: ``size`` in bytes, ``limits`` as the policy has them, in MiB.
     *
     *     A space is ``near`` its limits from nine tenths of them on, and ``full`` when nothing new goes in.
     */
    Usage: {
      /**
       * Files
       * @default 0
       */
      files: number;
      /**
       * Size
       * @default 0
       */
      size: number;
      /**
       * @default {
       *       "keep": "no"
       *     }
       */
      limits: components['schemas']['Space'];
      /**
       * Near
       * @default false
       */
      near: boolean;
      /**
       * Full
       * @default false
       */
      full: boolean;
    };
    /**
     * StoredItem
     * @description An item, and what becomes of it.
     *
     *     It is deleted at ``until``, or never. ``kept`` is the instant until which its owner keeps it, ``always`` that they
     *     do so for good, ``may`` how they may put its end off. ``warned`` is when the first warning was given.
     */
    StoredItem: {
      /**
       * Space
       * @enum {string}
       */
      space: 'notebooks' | 'saved' | 'temporary';
      /** Path */
      path: string;
      /** Files */
      files: number;
      /** Size */
      size: number;
      /** Changed */
      changed: string;
      /** Until */
      until?: string | null;
      /** Kept */
      kept?: string | null;
      /**
       * Always
       * @default false
       */
      always: boolean;
      /**
       * May
       * @default no
       * @enum {string}
       */
      may: 'no' | 'again' | 'always';
      /** Warned */
      warned?: string | null;
    };
    /**
     * Deleted
     * @description An item that was deleted because its time was over.
     */
    Deleted: {
      /**
       * Space
       * @enum {string}
       */
      space: 'notebooks' | 'saved' | 'temporary';
      /** Path */
      path: string;
      /** Files */
      files: number;
      /** Size */
      size: number;
      /** Deleted */
      deleted: string;
    };
    /**
     * Imported
     * @description What became of each row that was asked for; after a dry run, what would. The document is ``of`` so many.
     */
    Imported: {
      /** Dry Run */
      dry_run: boolean;
      /** Rows */
      rows: components['schemas']['ImportRow'][];
      /**
       * Of
       * @default 0
       */
      of: number;
    };
    /**
     * ImportRow
     * @description What became of a row, counted from 1: whose it is, what was done, which ``fields`` changed, or why not.
     *
     *     Of one that was refused, ``name`` is what it says of itself, an address where it has no name.
     */
    ImportRow: {
      /** Row */
      row: number;
      /**
       * Name
       * @default
       */
      name: string;
      /**
       * Action
       * @enum {string}
       */
      action: 'created' | 'changed' | 'unchanged' | 'refused';
      /**
       * Fields
       * @default []
       */
      fields: string[];
      /** Error */
      error?: string | null;
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

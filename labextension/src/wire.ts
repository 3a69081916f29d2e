/** What crosses the network, named for use here. */
export interface Resources {
  cores: number;
  memory: number;
  temporary: number;
  user: number;
  data: number;
  servers: number;
  gpus: number;
}
export interface Package {
  name: string;
  version: number;
  url: string;
  title: string;
  rank: number;
  size: {
    notebook: { cores: number; memory: number };
    workers: { count: number; cores: number; memory: number };
    temporary: number;
    user: number;
    gpus: number;
    resources: Resources;
  };
  created: string;
}
export type Phase =
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
export interface Booking {
  id: string;
  url: string;
  account: string;
  phase: Phase;
  version: number;
  package: string | null;
  package_version: number | null;
  cluster: string;
  sharing: 'shared' | 'managed' | 'reserved';
  resources: Resources;
  spans: { start: string; end: string }[];
  start: string;
  end: string;
  created: string;
  modified: string;
  expires: string | null;
  kind: string | null;
  reason: string;
  note: string;
}
export interface Extension {
  until: string | null;
  because: string;
}
export interface Grant {
  id: string;
  cluster: string;
  start: string;
  end: string;
  resources: Resources;
}
export interface AvailableRow {
  start: string;
  end: string;
  resources: Resources;
  packages: Record<string, number>;
}
export interface Available {
  range: [string, string];
  grain: string;
  tz: string;
  rows: AvailableRow[];
}
export interface Rows<T> {
  rows: T[];
  next?: string | null;
}
export interface ErrorBody {
  code: string;
  message: string;
  rule?: string | null;
  field?: string | null;
  help?: string | null;
}

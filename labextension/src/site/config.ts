/** What a page of ours says of itself: who looks at it, where the services are, and what it is to show. */

/** Beside the viewer, `shows` and `of` say which thing the page is about. */
export interface PageConfig {
  /** The address of the API, with a slash at its end. */
  api: string;
  user: string;
  account: { level: number; admin: boolean; runs?: boolean };
  /** Whether the viewer may change capacity. */
  grants: boolean;
  xsrf: string;
  shows?:
    | 'capacity'
    | 'cluster'
    | 'grant'
    | 'accounts'
    | 'account'
    | 'workshops'
    | 'workshop'
    | 'invitations'
    | 'import'
    | 'policy';
  /** The id or name of what is shown; a list where it is missing. */
  of?: string;
}

/** What the page that this script is in says of itself. */
export function readConfig(): PageConfig {
  return JSON.parse(document.getElementById('aglais-config')?.textContent ?? '{}') as PageConfig;
}

/** The address of one of the pages, as in `pageOf(config, 'decisions', id)`. */
export function pageOf(config: PageConfig, ...path: string[]): string {
  return config.api.replace(/api\/$/, '') + path.map(encodeURIComponent).join('/');
}

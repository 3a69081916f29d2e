/** The web pages of accounts: all of them, one, workshops, invitations, import, and what each level may have. */
import * as React from 'react';
import { Site, draw } from '../site/parts';
import { AccountPage } from './AccountPage';
import { ImportPage } from './ImportPage';
import { Invitations } from './Invitations';
import { List } from './List';
import { PolicyPage } from './PolicyPage';
import { WorkshopPage } from './WorkshopPage';
import { Workshops } from './Workshops';
import '../../style/accounts.css';
import '../../style/workshops.css';

function Page({ site }: { site: Site }): JSX.Element {
  const { shows, of = '' } = site.config;
  switch (shows) {
    case 'account':
      return <AccountPage site={site} name={of} />;
    case 'workshops':
      return <Workshops site={site} />;
    case 'workshop':
      return <WorkshopPage site={site} name={of} />;
    case 'invitations':
      return <Invitations site={site} />;
    case 'import':
      return <ImportPage site={site} />;
    case 'policy':
      return <PolicyPage site={site} />;
    default:
      return <List site={site} />;
  }
}

draw(Page);

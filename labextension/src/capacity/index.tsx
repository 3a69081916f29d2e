/** The web pages of capacity: all of it, one cluster, one grant. */
import * as React from 'react';
import { Site, draw } from '../site/parts';
import { Capacity, ClusterPage } from './Capacity';
import { GrantPage } from './GrantPage';
import '../../style/capacity.css';

function Page({ site }: { site: Site }): JSX.Element {
  const { shows, of = '' } = site.config;
  if (shows === 'cluster') {
    return <ClusterPage site={site} name={of} />;
  }
  return shows === 'grant' ? <GrantPage site={site} id={of} /> : <Capacity site={site} />;
}

draw(Page);

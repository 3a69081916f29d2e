/** The web pages of decisions: one of them, or the latest. */
import * as React from 'react';
import { Site, draw } from '../site/parts';
import { List } from './List';
import { Why } from './Why';
import '../../style/why.css';

function Page({ site }: { site: Site }): JSX.Element {
  return site.config.of ? <Why site={site} id={site.config.of} /> : <List site={site} />;
}

draw(Page);

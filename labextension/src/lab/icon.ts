/** The butterfly: icon of the panel, and the mark of the project. */
import { LabIcon } from '@jupyterlab/ui-components';

const BUTTERFLY = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 48 48">
  <g class="jp-icon3" fill="#616161">
    <path d="M22.6 23.6C20.4 14 12.6 6.6 5.4 6.4c-2.8-.1-3.8 2-3.2 5 1.4 7 8.2 12.8 20.4 12.2z"/>
    <path d="M25.4 23.6C27.6 14 35.4 6.6 42.6 6.4c2.8-.1 3.8 2 3.2 5-1.4 7-8.2 12.8-20.4 12.2z"/>
    <path d="M22.3 26c-8.2-.4-14.1 1.8-15.4 6.9-.9 3.5 1 7.6 4.7 8.5 5.2 1.3 9.3-5.2 10.7-15.4z"/>
    <path d="M25.7 26c8.2-.4 14.1 1.8 15.4 6.9.9 3.5-1 7.6-4.7 8.5-5.2 1.3-9.3-5.2-10.7-15.4z"/>
    <path d="M23 17h2v19h-2z"/>
  </g>
</svg>`;

export const butterfly = new LabIcon({ name: 'aglais:butterfly', svgstr: BUTTERFLY });

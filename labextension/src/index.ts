/** The lab extension: a booking's panel, time left, warnings and end, and copies of examples. */
import {
  ConnectionLost,
  IConnectionLost,
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { Api } from './calendar/api';
import { ServerClock } from './calendar/clock';
import { BookingStore, Surroundings } from './calendar/store';
import { Documents } from './lab/documents';
import { Ending } from './lab/ending';
import { addExamples } from './lab/examples';
import { butterfly } from './lab/icon';
import { ownServer } from './lab/own';
import { BookingPanel, TimeLeft } from './lab/panel';
import { LabSession, labSend } from './lab/session';
import { Parting } from './lab/parting';
import { Saving } from './lab/saving';
import { Visit } from './lab/visit';
import { VisitStatus } from './lab/visitor';
import { Warnings } from './lab/warnings';

const OPEN = 'aglais:open-booking';

/** Pixels that a lab has at least where its panel opens by itself. */
const ROOM = 1000;

/** Pixels below which the list of files leaves none for what is opened: a phone's. */
const PHONE = 600;

// The one thing that two plugins share: whether a lost connection is the end of the booking.
let ending: Ending | null = null;

interface Optional {
  shell: ILabShell | null;
  restorer: ILayoutRestorer | null;
  statusBar: IStatusBar | null;
  registry: ISettingRegistry | null;
}

async function start(app: JupyterFrontEnd, documents: Documents, optional: Optional): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  const clock = new ServerClock();
  const session = new LabSession(settings, clock);
  const api = new Api(labSend(settings), (date, asked) => clock.learnDate(date, asked));
  const around: Surroundings = {
    account: '',
    pages: '/services/aglais/',
    beside: '_blank',
    beforeEnd: async () => void (await documents.saveAll())
  };
  const store = new BookingStore(api, clock, around);
  const visit = new Visit(
    labSend(settings),
    () => around.account,
    PageConfig.getOption('hubPrefix') || '/hub/'
  );
  const panel = new BookingPanel(store, ownServer(settings, session), visit);
  addPanel(app, panel, optional.restorer);

  await session.refresh();
  if (!session.current?.configured) {
    panel.dispose();
    return;
  }
  around.account = session.current.account;
  around.pages = session.current.bookings_page.replace(/bookings$/, '');
  followEnd(settings, new Ending(session, documents, () => visit.isVisitor));
  const warnings = new Warnings(session, store);
  void followSettings(warnings, optional.registry);
  const item = new TimeLeft(session, store.tz, () => void app.commands.execute(OPEN));
  optional.statusBar?.registerStatusItem('aglais-time-left', { item, align: 'left', rank: 0 });
  followVisit(visit, store, optional.statusBar);
  new Parting(visit, clock, session);
  session.changed.connect(() => panel.isVisible && void store.refresh());
  let done = '';
  store.subscribe(() => {
    if (store.snapshot().done !== done) {
      done = store.snapshot().done;
      void session.refresh();
    }
  });
  session.start();
  if (panel.isVisible) {
    void store.refresh();
  }
  void openAtFirst(app, optional.shell, panel);
}

function addPanel(app: JupyterFrontEnd, panel: BookingPanel, restorer: ILayoutRestorer | null): void {
  app.commands.addCommand(OPEN, {
    label: 'Booking',
    caption: 'Time left, what is free, and your bookings',
    icon: butterfly,
    execute: () => app.shell.activateById(panel.id)
  });
  app.shell.add(panel, 'right', { rank: 100 });
  restorer?.add(panel, panel.id);
}

/** In a lab that nobody has arranged yet, open the panel where there is room for both; a phone has room for neither. */
async function openAtFirst(
  app: JupyterFrontEnd,
  shell: ILabShell | null,
  panel: BookingPanel
): Promise<void> {
  await app.restored;
  const layout = await shell?.restored;
  if (layout?.fresh && window.innerWidth >= ROOM) {
    app.shell.activateById(panel.id);
  } else if (layout?.fresh && window.innerWidth < PHONE) {
    shell?.collapseLeft();
  }
}

function followEnd(settings: ServerConnection.ISettings, end: Ending): void {
  ending = end;
  new Saving(
    settings,
    () => end.part(),
    () => void end.say()
  ).start();
}

function followVisit(visit: Visit, store: BookingStore, statusBar: IStatusBar | null): void {
  const item = new VisitStatus({ visit, clock: store.clock, tz: store.tz });
  statusBar?.registerStatusItem('aglais-visit', {
    item,
    align: 'left',
    rank: 1,
    // The status bar itself shows and hides it.
    isActive: () => visit.isVisitor,
    activeStateChanged: visit.changed
  });
  let wasMember = false;
  visit.changed.connect(() => {
    if (visit.hasJoined === wasMember) {
      return;
    }
    wasMember = visit.hasJoined;
    // A member may have what a visitor may not.
    void store.refresh();
    if (visit.hasJoined) {
      Notification.success('You are a member now. This lab runs on as it was.', { autoClose: 15_000 });
    }
  });
  visit.start();
}

async function followSettings(warnings: Warnings, registry: ISettingRegistry | null): Promise<void> {
  try {
    const settings = await registry?.load(bookings.id);
    const read = () => {
      const minutes = settings?.get('warnings').composite;
      if (Array.isArray(minutes)) {
        warnings.thresholds = minutes.filter(one => typeof one === 'number');
      }
    };
    settings?.changed.connect(read);
    read();
  } catch (error) {
    console.warn('Aglais: the settings could not be read; the usual warnings are shown.', error);
  }
}

const bookings: JupyterFrontEndPlugin<void> = {
  id: 'aglais-lab:bookings',
  description: 'The booking that this lab runs under: panel, time left, warnings, and the end.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ILabShell, ILayoutRestorer, IStatusBar, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null
  ) => {
    void start(app, new Documents(app, manager), { shell, restorer, statusBar, registry });
  }
};

const examples: JupyterFrontEndPlugin<void> = {
  id: 'aglais-lab:examples',
  description: 'Offers the examples in the launcher, and copies a read-only one to where it can be edited.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [IFileBrowserFactory, ILauncher, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    browsers: IFileBrowserFactory | null,
    launcher: ILauncher | null,
    shell: ILabShell | null
  ) => addExamples(app, { manager, browsers, launcher, shell })
};

/** Takes the place of the hub extension's own: at the end of a booking it stays silent. */
const connection: JupyterFrontEndPlugin<IConnectionLost> = {
  id: 'aglais-lab:connectionlost',
  description: 'Says what to do when the server is lost, unless its booking has ended.',
  autoStart: true,
  requires: [JupyterFrontEnd.IPaths],
  provides: IConnectionLost,
  activate: (app: JupyterFrontEnd, paths: JupyterFrontEnd.IPaths): IConnectionLost => {
    let asking = false;
    return async (...lost) => {
      if (asking || ending?.over) {
        return;
      }
      if (!paths.urls.hubPrefix) {
        return ConnectionLost(...lost);
      }
      asking = true;
      const answer = await showDialog({
        title: 'The server does not answer',
        body: 'It may have been stopped, or the connection is down. Start it again?',
        buttons: [Dialog.cancelButton({ label: 'Wait' }), Dialog.okButton({ label: 'Start it again' })]
      });
      asking = false;
      if (answer.button.accept) {
        await app.commands.execute('hub:restart');
      }
    };
  }
};

export default [bookings, examples, connection];

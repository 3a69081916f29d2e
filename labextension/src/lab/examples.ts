/** Examples are read-only: they are offered in the launcher, and one click makes a copy in `user/` that is one's own. */
import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PathExt, URLExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection, Session } from '@jupyterlab/services';
import { ToolbarButton, copyIcon, notebookIcon } from '@jupyterlab/ui-components';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { contentOf } from './documents';

const COPY = 'aglais:copy-example';
const OPEN = 'aglais:open-example';
const LABEL = 'Copy to user/ to edit';
const CAPTION = 'Examples are read-only: make a copy of your own and open it';
const EXAMPLE = 'ag-example';

/** After notebooks, before consoles: in a lab that nobody has worked in yet. Later they are the last. */
const FIRST_PLACE = 10;

const MOMENT = 100;
const MOMENTS = 10;

/** An example that this lab is large enough for. */
interface Example {
  path: string;
  title: string;
}

/** Whether a path is that of an example. */
export function isExample(path: string): boolean {
  return path.startsWith('examples/');
}

/** What JupyterLab may have of its own, beside the manager of documents. */
interface Around {
  manager: IDocumentManager;
  browsers: IFileBrowserFactory | null;
  launcher: ILauncher | null;
  shell: ILabShell | null;
}

/** Adds the commands, an entry in the file browser's menu, a button to every example that is open, and the launcher's. */
export function addExamples(app: JupyterFrontEnd, around: Around): void {
  const { manager, browsers, launcher, shell } = around;
  const selected = (): string => {
    const item = browsers?.tracker.currentWidget?.selectedItems().next();
    return item && !item.done && item.value.type !== 'directory' ? item.value.path : '';
  };
  const open = (): string => {
    const shown = app.shell.currentWidget;
    return (shown && manager.contextForWidget(shown)?.path) ?? '';
  };
  app.commands.addCommand(COPY, {
    label: LABEL,
    caption: CAPTION,
    icon: copyIcon,
    isVisible: args => isExample(String(args.path ?? selected())),
    execute: args => copy(app, manager, args.open ? open() : String(args.path ?? selected()))
  });
  app.commands.addCommand(OPEN, {
    label: args => String(args.title ?? 'Open an example'),
    caption: args => `Open your own copy of ${String(args.path ?? 'an example')}`,
    icon: notebookIcon,
    execute: args => openOwn(app, String(args.path))
  });
  app.contextMenu.addItem({ command: COPY, selector: '.jp-DirListing-item[data-isdir="false"]', rank: 0 });
  // What is saved of an example is a copy: its own keys come before JupyterLab's, which can only refuse.
  app.commands.addKeyBinding({
    command: COPY,
    keys: ['Accel S'],
    selector: `.${EXAMPLE}`,
    args: { open: true }
  });
  app.docRegistry.addWidgetExtension('Notebook', {
    createNew: widget => addButton(app, widget as IDocumentWidget)
  });
  if (launcher) {
    void offer(app, launcher, shell);
  }
}

function addButton(app: JupyterFrontEnd, widget: IDocumentWidget): IDisposable {
  const context = (widget as IDocumentWidget & { context: DocumentRegistry.Context }).context;
  if (!isExample(context.path)) {
    return new DisposableDelegate(() => undefined);
  }
  widget.addClass(EXAMPLE);
  void context.ready.then(() => {
    context.model.readOnly = true;
  });
  const button = new ToolbarButton({
    className: 'ag-copy',
    icon: copyIcon,
    label: LABEL,
    tooltip: CAPTION,
    onClick: () => void app.commands.execute(COPY, { path: context.path })
  });
  widget.toolbar.insertItem(0, 'aglais-copy', button);
  return button;
}

/** The launcher's section; there is none where there are no examples. */
async function offer(app: JupyterFrontEnd, launcher: ILauncher, shell: ILabShell | null): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  try {
    const url = URLExt.join(settings.baseUrl, 'aglais', 'examples');
    const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, settings);
    const { rows } = (await response.json()) as { rows?: Example[] };
    const categoryRank = (await shell?.restored)?.fresh ? FIRST_PLACE : undefined;
    for (const [rank, { path, title }] of (rows ?? []).entries()) {
      const args = { path, title };
      launcher.add({ command: OPEN, args, category: 'Examples', categoryRank, rank });
    }
  } catch (error) {
    console.warn('Aglais: the examples could not be listed; they are in the folder examples/.', error);
  }
}

/** Has the lab's server copy an example; gives the copy's path. With `once`, one that is there already will do. */
async function makeCopy(settings: ServerConnection.ISettings, path: string, once: boolean): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ path, once }) };
  const response = await ServerConnection.makeRequest(
    URLExt.join(settings.baseUrl, 'aglais', 'copy'),
    init,
    settings
  );
  const answer = (await response.json()) as { path?: string; error?: { message: string; help?: string } };
  if (!response.ok || !answer.path) {
    throw new Error(
      [answer.error?.message, answer.error?.help].filter(Boolean).join(' ') || 'The copy was not made.'
    );
  }
  return answer.path;
}

/** Opens one's own copy of an example; where there can be none, the example. The launcher gives its place to it. */
async function openOwn(app: JupyterFrontEnd, path: string): Promise<unknown> {
  let own = path;
  try {
    own = await makeCopy(app.serviceManager.serverSettings, path, true);
  } catch (error) {
    Notification.error(error instanceof Error ? error.message : 'The copy was not made.');
  }
  return app.commands.execute('docmanager:open', { path: own });
}

/** Copies an example with what has been changed in it, and goes on in the copy, with the same kernel. */
async function copy(app: JupyterFrontEnd, manager: IDocumentManager, path: string): Promise<void> {
  const { contents, serverSettings, sessions } = app.serviceManager;
  try {
    const made = await makeCopy(serverSettings, path, false);
    const widget = manager.findWidget(path, null);
    const context = widget && manager.contextForWidget(widget);
    if (context?.isReady && context.model.dirty) {
      await contents.save(made, contentOf(context));
    }
    // What runs writes into the example: then that stays open.
    if (context?.isReady && (await isAtRest(context))) {
      context.model.dirty = false;
      await manager.closeFile(path);
      await moveSession(sessions, path, made);
    }
    await app.commands.execute('docmanager:open', { path: made });
    Notification.success(`Copied to ${made}. This copy is yours to edit.`, { autoClose: 4000 });
  } catch (error) {
    Notification.error(error instanceof Error ? error.message : 'The copy was not made.');
  }
}

/** Whether nothing runs in a document; a moment counts for nothing, since JupyterLab asks its kernel things too. */
async function isAtRest(context: DocumentRegistry.Context): Promise<boolean> {
  const isBusy = () => context.sessionContext.session?.kernel?.status === 'busy';
  for (let looks = 0; isBusy() && looks < MOMENTS; looks++) {
    await new Promise(resolve => setTimeout(resolve, MOMENT));
  }
  return !isBusy();
}

/** Has the kernel of one document be that of another. */
async function moveSession(sessions: Session.IManager, from: string, to: string): Promise<void> {
  const model = await sessions.findByPath(from);
  if (model) {
    const connection = sessions.connectTo({ model });
    await connection.setPath(to);
    await connection.setName(PathExt.basename(to));
    connection.dispose();
  }
}

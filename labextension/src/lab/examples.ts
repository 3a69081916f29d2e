/** Examples are read-only; one click copies one to `user/`, where it can be edited. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ServerConnection } from '@jupyterlab/services';
import { ToolbarButton, copyIcon } from '@jupyterlab/ui-components';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';

const COPY = 'aglais:copy-example';
const LABEL = 'Copy to user/ to edit';

/** Whether a path is that of an example. */
export function isExample(path: string): boolean {
  return path.startsWith('examples/');
}

/** Adds the command, its entry in the file browser's menu, and a button to every example that is open. */
export function addExamples(app: JupyterFrontEnd, browsers: IFileBrowserFactory | null): void {
  const selected = (): string => {
    const item = browsers?.tracker.currentWidget?.selectedItems().next();
    return item && !item.done && item.value.type !== 'directory' ? item.value.path : '';
  };
  app.commands.addCommand(COPY, {
    label: LABEL,
    caption: 'Examples are read-only: make a copy of your own and open it',
    icon: copyIcon,
    isVisible: args => isExample(String(args.path ?? selected())),
    execute: args => copy(app, String(args.path ?? selected()))
  });
  app.contextMenu.addItem({ command: COPY, selector: '.jp-DirListing-item[data-isdir="false"]', rank: 0 });
  app.docRegistry.addWidgetExtension('Notebook', {
    createNew: widget => addButton(app, widget as IDocumentWidget)
  });
}

function addButton(app: JupyterFrontEnd, widget: IDocumentWidget): IDisposable {
  const context = (widget as IDocumentWidget & { context: DocumentRegistry.Context }).context;
  if (!isExample(context.path)) {
    return new DisposableDelegate(() => undefined);
  }
  void context.ready.then(() => {
    context.model.readOnly = true;
  });
  const button = new ToolbarButton({
    className: 'ag-copy',
    icon: copyIcon,
    label: LABEL,
    tooltip: 'Examples are read-only: make a copy of your own and open it',
    onClick: () => void app.commands.execute(COPY, { path: context.path })
  });
  widget.toolbar.insertItem(0, 'aglais-copy', button);
  return button;
}

async function copy(app: JupyterFrontEnd, path: string): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  const url = URLExt.join(settings.baseUrl, 'aglais', 'copy');
  try {
    const init = { method: 'POST', body: JSON.stringify({ path }) };
    const response = await ServerConnection.makeRequest(url, init, settings);
    const answer = (await response.json()) as { path?: string; error?: { message: string } };
    if (!response.ok || !answer.path) {
      throw new Error(answer.error?.message ?? 'The copy was not made.');
    }
    await app.commands.execute('docmanager:open', { path: answer.path });
    Notification.success(`Copied to ${answer.path}. This copy is yours to edit.`, { autoClose: 4000 });
  } catch (error) {
    Notification.error(error instanceof Error ? error.message : 'The copy was not made.');
  }
}

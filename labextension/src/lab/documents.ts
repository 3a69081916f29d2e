/** Saves every open document, and says where they are. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import { isExample } from './examples';

const AREAS = ['main', 'left', 'right', 'down'] as const;
const PATIENCE = 6000;
const USER = 'user';

type Context = DocumentRegistry.Context;

/** What the document holds just now, to be saved elsewhere. */
export function contentOf(context: Context): Partial<Contents.IModel> {
  return context.contentsModel?.type === 'notebook'
    ? { type: 'notebook', format: 'json', content: context.model.toJSON() }
    : { type: 'file', format: 'text', content: context.model.toString() };
}

/** What a notebook says and has drawn; its metadata changes with the mere start of a kernel. */
function cellsOf(notebook: unknown): string {
  const { cells = [] } = notebook as { cells?: { source: string | string[]; outputs?: unknown[] }[] };
  return JSON.stringify(cells.map(cell => [[cell.source].flat().join(''), cell.outputs?.length ?? 0]));
}

/** The documents that are open in a lab. */
export class Documents {
  // Where what can't be saved in its own place goes.
  private readonly beside = new WeakMap<Context, string>();

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly manager: IDocumentManager
  ) {}

  /** Save all that have changed. Gives the paths of those that could not be saved; never rejects. */
  async saveAll(): Promise<string[]> {
    const dirty = this.contexts().filter(context => context.model.dirty);
    const done = await Promise.all(dirty.map(context => this.save(context)));
    return dirty.filter((_, index) => !done[index]).map(context => context.path);
  }

  /** The folders of what is open, in words: `user/`, or the home folder. */
  folders(): string {
    const places = this.contexts().map(context => this.beside.get(context) ?? context.path);
    const folders = new Set(places.filter(path => !isExample(path)).map(path => PathExt.dirname(path)));
    folders.delete('');
    return folders.size ? [...folders].map(folder => `${folder}/`).join(', ') : 'your home folder';
  }

  private contexts(): Context[] {
    const found = new Set<Context>();
    for (const area of AREAS) {
      for (const widget of this.app.shell.widgets(area)) {
        const context = this.manager.contextForWidget(widget);
        if (context?.isReady) {
          found.add(context);
        }
      }
    }
    return [...found];
  }

  /**
   * Save one document. `context.save()` asks a question where the file has changed on disk, and a read-only one can't
   * be saved at all; nobody may be there to answer, so what is open is then written to a file of its own.
   */
  private async save(context: Context): Promise<boolean> {
    if (context.model.readOnly || isExample(context.path)) {
      return (await this.isAsItWas(context)) || this.saveBeside(context);
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<false>(resolve => {
      timer = setTimeout(() => resolve(false), PATIENCE);
    });
    const tried = context.save().then(
      () => !context.model.dirty,
      () => false
    );
    const saved = await Promise.race([tried, patience]);
    clearTimeout(timer);
    return saved || this.saveBeside(context);
  }

  /** Whether a notebook was only looked at. */
  private async isAsItWas(context: Context): Promise<boolean> {
    if (context.contentsModel?.type !== 'notebook') {
      return false;
    }
    try {
      const found = await this.app.serviceManager.contents.get(context.path, { content: true });
      return cellsOf(found.content) === cellsOf(context.model.toJSON());
    } catch {
      return false;
    }
  }

  private async saveBeside(context: Context): Promise<boolean> {
    try {
      const path = this.beside.get(context) ?? (await this.freeName(context.path));
      await this.app.serviceManager.contents.save(path, contentOf(context));
      this.beside.set(context, path);
      return true;
    } catch {
      return false;
    }
  }

  /** A name near `path`, or in `user/` for an example, that nothing has yet. */
  private async freeName(path: string): Promise<string> {
    const { contents } = this.app.serviceManager;
    const folder = isExample(path) ? USER : PathExt.dirname(path);
    const taken = new Set<string>();
    const listing = await contents.get(folder, { content: true });
    for (const item of listing.content as Contents.IModel[]) {
      taken.add(item.name);
    }
    const extension = PathExt.extname(path);
    const stem = PathExt.basename(path, extension);
    let name = `${stem}-unsaved${extension}`;
    for (let number = 2; taken.has(name); number++) {
      name = `${stem}-unsaved-${number}${extension}`;
    }
    return PathExt.join(folder, name);
  }
}

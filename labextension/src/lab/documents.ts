/** Saves every open document, and says where they are. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';

const AREAS = ['main', 'left', 'right', 'down'] as const;
const PATIENCE = 8000;

/** The documents that are open in a lab. */
export class Documents {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly manager: IDocumentManager
  ) {}

  /** Save all that have changed. Gives the paths of those that could not be saved; never rejects. */
  async saveAll(): Promise<string[]> {
    const dirty = this.contexts().filter(context => context.model.dirty && !context.model.readOnly);
    const done = await Promise.all(dirty.map(context => this.save(context)));
    return dirty.filter((_, index) => !done[index]).map(context => context.path);
  }

  /** The folders of what is open, in words: `user/`, or the home folder. */
  folders(): string {
    const folders = new Set(this.contexts().map(context => PathExt.dirname(context.path)));
    folders.delete('');
    const words = [...folders].filter(folder => !/^examples(\/|$)/.test(folder)).map(folder => `${folder}/`);
    return words.length ? words.join(', ') : 'your home folder';
  }

  private contexts(): DocumentRegistry.Context[] {
    const found = new Set<DocumentRegistry.Context>();
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
   * Save one document. `context.save()` asks a question where the file has changed on disk; nobody may be there to
   * answer it, so what is open is then written beside the file.
   */
  private async save(context: DocumentRegistry.Context): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<false>(resolve => {
      timer = setTimeout(() => resolve(false), PATIENCE);
    });
    const saved = await Promise.race([
      context.save().then(
        () => !context.model.dirty,
        () => false
      ),
      patience
    ]);
    clearTimeout(timer);
    return saved || this.saveBeside(context);
  }

  private async saveBeside(context: DocumentRegistry.Context): Promise<boolean> {
    const extension = PathExt.extname(context.path);
    const path = `${context.path.slice(0, context.path.length - extension.length)}-unsaved${extension}`;
    const notebook = context.contentsModel?.type === 'notebook';
    const options: Partial<Contents.IModel> = notebook
      ? { type: 'notebook', format: 'json', content: context.model.toJSON() }
      : { type: 'file', format: 'text', content: context.model.toString() };
    try {
      await this.app.serviceManager.contents.save(path, options);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * The document as the author of a concurrent change saw it: the base, with the author's own later changes and without
 * those of others. It is nowhere stored; the log has what it takes to make it again.
 */
import { forcePaths } from '../patch/force-paths.js';
import { touchedPaths } from '../patch/touched-paths.js';
import type { DocumentEvent } from './change-event.js';
import type { DocumentState } from './document.js';
import { devolveContent } from './evolve.js';
import type { DocumentSide } from './strategy.js';

/**
 * @param state the document now
 * @param since its events after the base, oldest first, without gaps up to now
 * @param isOwn whether the author knew of an event
 * @returns null where the author knew no document: others made the one that is there
 */
export function authorsView(
  state: Pick<DocumentState, 'title' | 'content'>,
  since: readonly DocumentEvent[],
  isOwn: (event: DocumentEvent) => boolean,
): DocumentSide | null {
  const contents = [state.content];
  let { title } = state;
  for (const event of since.toReversed()) {
    contents.push(devolveContent(contents.at(-1)!, event));
    title = titleBefore(event, title);
  }
  contents.reverse();
  let view: DocumentSide = { title, content: contents[0]! };
  for (const [index, event] of since.entries()) {
    if (isOwn(event)) view = advance(view, event, contents[index]!, contents[index + 1]!);
    else if (event.type === 'create') return null;
  }
  return view;
}

function titleBefore(event: DocumentEvent, title: string): string {
  if (event.type === 'update') return event.title?.from ?? title;
  return event.type === 'restore' && event.reverse ? event.reverse.title : title;
}

/** The view after an own change, which met `before` and left `after`. */
function advance(
  view: DocumentSide,
  event: DocumentEvent,
  before: DocumentState['content'],
  after: DocumentState['content'],
): DocumentSide {
  if (event.type === 'delete') return view;
  if (event.type !== 'update') {
    const replaced = event.type === 'create' || event.reverse !== null;
    return replaced ? { title: event.forward.title, content: event.forward.content } : view;
  }
  // Its outcome is taken, not its patch: that one may have been made for what others had left there.
  const content = forcePaths(view.content, after, touchedPaths(event.forward, before));
  return { title: event.title?.to ?? view.title, content };
}

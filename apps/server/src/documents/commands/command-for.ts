/** The bus's command class for a domain command. */
import { assertNever, type DocumentCommand } from '@json-database-sync/domain';
import type { Author } from '../../pipeline/submission.js';
import { CreateDocument } from './create-document.command.js';
import { DeleteDocument } from './delete-document.command.js';
import { RestoreDocument } from './restore-document.command.js';
import { UndoDocument } from './undo-document.command.js';
import { UpdateDocument } from './update-document.command.js';

export function commandFor(command: DocumentCommand, author: Author) {
  switch (command.kind) {
    case 'create':
      return new CreateDocument(command, author);
    case 'update':
      return new UpdateDocument(command, author);
    case 'delete':
      return new DeleteDocument(command, author);
    case 'restore':
      return new RestoreDocument(command, author);
    case 'undo':
    case 'redo':
    case 'revert':
      return new UndoDocument(command, author);
    default:
      return assertNever(command, 'command');
  }
}

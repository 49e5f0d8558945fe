/** The form, field by field; the active one has the cursor. */
import { PRIORITY_TONE, STATUS_LOOK } from '../../output/task-row.js';
import { truncate } from '../../text/cells.js';
import { span, type Line, type Span } from '../../text/line.js';
import { plainLine, visibleControls } from '../../text/plain-text.js';
import { FORM_FIELDS, type FormField, type TaskForm } from '../task-form.js';
import { fieldText, fieldWindow } from '../text-field.js';

const LABEL_CELLS = 14;
const PLACEHOLDERS: Partial<Record<FormField, string>> = { tags: 'work, home', due: '2026-12-31' };

/** Where not all fields fit, those around the active one. */
export function formLines(form: TaskForm, width: number, rows: number): Line[] {
  const fields = FORM_FIELDS.map((name) => fieldLine(form, name, width));
  if (rows < fields.length) {
    const active = FORM_FIELDS.indexOf(form.active);
    const top = Math.max(0, Math.min(fields.length - rows, active - Math.floor(rows / 2)));
    return fields.slice(top, top + rows);
  }
  const heading: Line = [span(form.id === undefined ? ' New task' : ' Edit task', { bold: true })];
  return rows >= fields.length + 2 ? [heading, [], ...fields] : fields;
}

function fieldLine(form: TaskForm, name: FormField, width: number): Line {
  const active = form.active === name;
  const labelCells = Math.min(LABEL_CELLS, Math.max(4, Math.floor(width / 3)));
  const label = truncate(`${active ? '›' : ' '} ${name}`, labelCells - 1).padEnd(labelCells);
  return [
    span(label, active ? { bold: true, tone: 'cyan' } : { dim: true }),
    ...valueSpans(form, name, Math.max(1, width - labelCells)),
  ];
}

function valueSpans(form: TaskForm, name: FormField, cells: number): Span[] {
  const active = form.active === name;
  if (name === 'priority' || name === 'status') {
    const label = name === 'priority' ? form.priority : STATUS_LOOK[form.status].label;
    const tone = name === 'priority' ? PRIORITY_TONE[form.priority] : STATUS_LOOK[form.status].tone;
    return active
      ? [span('‹ ', { dim: true }), span(label, { tone, inverse: true }), span(' ›', { dim: true })]
      : [span(label, { tone })];
  }
  const field = form.texts[name];
  if (active) {
    // Text of others is being edited here: it is shown cleaned, and kept as it is.
    const shown = fieldWindow({ before: visibleControls(field.before), after: visibleControls(field.after) }, cells);
    return [span(shown.before), span(shown.under, { inverse: true }), span(shown.after)];
  }
  const text = plainLine(visibleControls(fieldText(field)).replaceAll('\n', '⏎'));
  return text === '' ? [span(PLACEHOLDERS[name] ?? '', { dim: true })] : [span(truncate(text, cells))];
}

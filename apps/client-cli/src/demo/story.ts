/**
 * Tells the demonstration, and keeps it honest: a ✓ is printed only after what it stands beside was checked to be true,
 * and the first claim that is not ends the story.
 */
import pico from 'picocolors';

export class ClaimFailed extends Error {
  override readonly name = 'ClaimFailed';
}

export class Story {
  private readonly paint: ReturnType<typeof pico.createColors>;
  private acts = 0;
  private checked = 0;

  constructor(
    private readonly write: (text: string) => void,
    colors: boolean,
  ) {
    this.paint = pico.createColors(colors);
  }

  get claims(): number {
    return this.checked;
  }

  act(title: string): void {
    this.acts++;
    this.line();
    this.line(this.paint.bold(`${this.acts}. ${title}`));
  }

  /** What happens, as opposed to what is claimed of it. */
  tell(text: string): void {
    this.line(`   ${text}`);
  }

  /** What was seen: output, figures. */
  show(text: string): void {
    for (const each of text.split('\n')) this.line(this.paint.dim(`     ${each.trimEnd()}`));
  }

  /**
   * @param holds the outcome of the check, not of the wish
   * @param seen what there was instead, for the message when it does not hold
   * @throws ClaimFailed
   */
  claim(text: string, holds: boolean, seen?: unknown): void {
    if (!holds) {
      const instead = seen === undefined ? '' : `\n     seen instead: ${JSON.stringify(seen)}`;
      throw new ClaimFailed(`${text}${instead}`);
    }
    this.checked++;
    this.line(`   ${this.paint.green('✓')} ${text}`);
  }

  failed(text: string): void {
    this.line(`   ${this.paint.red('✗')} ${text}`);
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }
}

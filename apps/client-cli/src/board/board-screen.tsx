/** The board on the terminal: draws the frame of the current state, and hands over keys. */
import { Box, Text, useInput } from 'ink';
import { useSyncExternalStore, type ReactElement } from 'react';
import type { Line, Span } from '../text/line.js';
import type { BoardDriver } from './board-driver.js';
import { keysFrom } from './keys.js';
import { frame } from './view/frame.js';

export function BoardScreen({
  driver,
  colors,
}: {
  readonly driver: BoardDriver;
  readonly colors: boolean;
}): ReactElement {
  const state = useSyncExternalStore(driver.subscribe, driver.current);
  useInput((input, key) => driver.dispatch({ kind: 'keys', keys: keysFrom(input, key) }));
  return (
    <Box flexDirection="column">
      {frame(state).map((line, row) => (
        <FrameLine key={row} line={line} colors={colors} />
      ))}
    </Box>
  );
}

function FrameLine({ line, colors }: { readonly line: Line; readonly colors: boolean }): ReactElement {
  return (
    <Text wrap="truncate">
      {line.map((part, index) => (
        <StyledSpan key={index} part={part} colors={colors} />
      ))}
    </Text>
  );
}

function StyledSpan({ part, colors }: { readonly part: Span; readonly colors: boolean }): ReactElement {
  return (
    <Text
      {...(colors && part.tone ? { color: part.tone } : {})}
      bold={part.bold ?? false}
      dimColor={part.dim ?? false}
      inverse={part.inverse ?? false}
      strikethrough={part.struck ?? false}
    >
      {part.text}
    </Text>
  );
}

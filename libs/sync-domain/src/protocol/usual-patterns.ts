/** How servers usually write ids, revisions and times: a part of what their schemas take, which needs no change to be what they give. */
export const UUID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
export const REVISION_PATTERN = '[1-9][0-9]{0,15}-[0-9a-f]{16}';
/** Days up to the 28th, which every month has, come first. */
const DAY = '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';
export const TIME_PATTERN = `20[0-9]{2}-${DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z`;

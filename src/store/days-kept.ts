/** Days that queries and sightings are kept: a month, and a few to look back from its end. */
export const RAW_DAYS = 35;
/** Days that what explains the past is kept: the same month of the year before, in full. */
export const AGGREGATE_DAYS = 396;

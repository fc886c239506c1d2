/** Two tabs and three with one store open: one row of each store; all of them are in tabs.prove.ts. */
import { testRow } from './tabs-run';
import { TABS_TABLE } from './tabs-table';

for (const row of TABS_TABLE) if ('quick' in row) testRow(row);

/** Two tabs and three with one store open: every row of tabs-table.ts. */
import { testRow } from './tabs-run';
import { TABS_TABLE } from './tabs-table';

for (const row of TABS_TABLE) testRow(row);

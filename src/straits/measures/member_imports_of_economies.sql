-- question: How much does each single economy import, from inside and outside itself?
-- formula: no rows: an economy has no inside, so the screen takes its imports as they are, and CDI2 is 1
-- unit: member_imports_usd USD
-- source: canonical table trade
-- inputs: flows
select importer as dependent, period, product, value_usd as member_imports_usd
from flows
where false

-- question: How much does each single economy import in all?
-- formula: the imports themselves: an economy has no inside, so CDI2 is 1
-- unit: member_imports_usd USD
-- source: canonical table trade
-- inputs: import_concentration
select dependent, period, product, imports_usd as member_imports_usd
from import_concentration

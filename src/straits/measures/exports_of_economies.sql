-- question: How much does each single economy export?
-- formula: the exporters table, under the name of the dependent
-- unit: exports_usd USD
-- source: canonical table trade
-- inputs: exporters
select exporter as dependent, period, product, exports_usd
from exporters

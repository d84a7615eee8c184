-- question: Which flows of goods are looked at?
-- formula: the rows of trade in one nomenclature, at one frequency, from the first to the last period;
--          a flow whose value is zero (rounded away) is no flow
-- unit: value_usd USD, quantity_kg kg (null: not reported)
-- source: canonical table trade
-- inputs: trade
select period, product, exporter, importer, value_usd, quantity_kg
from trade
where nomenclature = $nomenclature
  and freq = $freq
  and period between $first and $last
  and value_usd > 0

-- question: Which flows of goods are looked at, when only some products are wanted?
-- formula: as flows, for the products in the table wanted; the range lets the engine skip files
-- unit: value_usd USD, quantity_kg kg (null: not reported)
-- source: canonical table trade
-- inputs: trade, wanted
select period, product, exporter, importer, value_usd, quantity_kg
from trade
where nomenclature = $nomenclature
  and freq = $freq
  and period between $first and $last
  and value_usd > 0
  and product between $first_product and $last_product
  and product in (select product from wanted)

-- question: What share of a dependent's imports does each supplier hold, by value and by mass?
-- formula: imports from supplier / imports; by mass over the flows that report it
-- unit: value_usd USD, tonnes t, shares 0 to 1
-- source: canonical table trade
-- inputs: imports, years
select
    dependent,
    period,
    product,
    supplier,
    value_usd,
    quantity_kg / 1000.0 as tonnes,
    value_usd / cast(sum(value_usd) over (partition by dependent, period, product) as double) as share_of_imports,
    quantity_kg / nullif(cast(sum(quantity_kg) over (partition by dependent, period, product) as double), 0)
        as share_of_tonnes
from imports
where period in (select period from years)
order by product, dependent, period, value_usd desc, supplier

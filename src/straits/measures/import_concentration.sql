-- question: How concentrated are the suppliers of a dependent's imports, by value and by mass?
-- formula: HHI = sum over suppliers of (imports from supplier / imports)^2; effective suppliers = 1 / HHI
-- unit: imports_usd USD, imports_kg kg, hhi and shares 0 to 1; by mass over the flows that report it
-- source: Herfindahl (1950), Hirschman (1945); European Commission, SWD(2021) 352, Annex I
-- inputs: imports
select
    dependent,
    period,
    product,
    imports_usd,
    imports_kg,
    measured_usd / cast(imports_usd as double) as tonnes_coverage,
    suppliers,
    squares_usd / power(cast(imports_usd as double), 2) as hhi_imports,
    power(cast(imports_usd as double), 2) / squares_usd as effective_suppliers,
    squares_kg / nullif(power(cast(imports_kg as double), 2), 0) as hhi_tonnes,
    top.supplier as top_supplier,
    -top.negative / cast(imports_usd as double) as top_share
from (
    select
        dependent,
        period,
        product,
        cast(sum(value_usd) as bigint) as imports_usd,
        cast(sum(quantity_kg) as bigint) as imports_kg,
        cast(coalesce(sum(measured_usd), 0) as bigint) as measured_usd,
        count(*) as suppliers,
        cast(sum(cast(value_usd as hugeint) * value_usd) as double) as squares_usd,
        cast(sum(cast(quantity_kg as hugeint) * quantity_kg) as double) as squares_kg,
        min({'negative': -value_usd, 'supplier': supplier}) as top
    from imports
    group by dependent, period, product
) as totals

-- question: How concentrated are the suppliers of a dependent's imports, by value and by mass?
-- formula: HHI = sum over suppliers of (imports from supplier / imports)^2; effective suppliers = 1 / HHI;
--          of equal suppliers the first in the alphabet is the top one (its code as a number below 2^18, taken off;
--          flows are below 2^45 USD, which sources check);
--          sums of whole numbers are exact in doubles up to 2^53, in whatever order, and quicker than in integers
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
    top_supplier,
    top_usd / cast(imports_usd as double) as top_share
from (
    select
        dependent,
        period,
        product,
        cast(sum(cast(value_usd as double)) as bigint) as imports_usd,
        cast(sum(cast(quantity_kg as double)) as bigint) as imports_kg,
        cast(coalesce(sum(cast(measured_usd as double)), 0) as bigint) as measured_usd,
        count(*) as suppliers,
        cast(sum(cast(value_usd as hugeint) * value_usd) as double) as squares_usd,
        cast(sum(cast(quantity_kg as hugeint) * quantity_kg) as double) as squares_kg,
        max(value_usd) as top_usd,
        arg_max(
            supplier,
            value_usd * 262144
            - (ascii(supplier) - 32) * 4096
            - (ascii(substring(supplier, 2, 1)) - 32) * 64
            - (ascii(substring(supplier, 3, 1)) - 32)
        ) as top_supplier
    from imports
    group by dependent, period, product
) as totals

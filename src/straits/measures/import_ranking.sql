-- question: What share do the one, three and five largest suppliers hold?
-- formula: CRn = imports from the n largest suppliers / imports
-- unit: 0 to 1
-- source: concentration ratio, standard in industrial economics
-- inputs: imports
select
    dependent,
    period,
    product,
    sum(case when place <= 1 then value_usd end) / cast(sum(value_usd) as double) as cr1,
    sum(case when place <= 3 then value_usd end) / cast(sum(value_usd) as double) as cr3,
    sum(case when place <= 5 then value_usd end) / cast(sum(value_usd) as double) as cr5
from (
    select
        dependent,
        period,
        product,
        cast(value_usd as double) as value_usd,
        row_number() over (partition by dependent, period, product order by value_usd desc, supplier) as place
    from imports
) as ranked
group by dependent, period, product

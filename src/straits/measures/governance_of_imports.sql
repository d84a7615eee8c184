-- question: How concentrated are imports on badly governed suppliers?
-- formula: HHI-WGI = sum over suppliers of share^2 * g; low and high: suppliers without an indicator at g = 0 and 1;
--          standard error: square root of the sum of (share^2 * SE(g))^2, errors taken as independent,
--          unknown when an estimate in the sum has none.
--          Sums are of decimals with 18 places, so that they do not depend on the order of rows
-- unit: 0 to 1 (times 10 gives the scale of the EU method)
-- source: EU criticality method (Blengini et al. 2017), supply risk without trade parameter, recycling, substitution
-- inputs: imports, governance_at, years
select
    dependent as region,
    period,
    product as subject,
    cast(case when unknown_share = 0 then known end as double) as hhi_governance,
    cast(known as double) as hhi_governance_low,
    cast(known + unknown as double) as hhi_governance_high,
    error as standard_error,
    cast(unknown_share as double) as unknown_share
from (
    select
        s.dependent,
        s.period,
        s.product,
        coalesce(sum(cast(s.share * s.share * g.weakness as decimal(38, 18))), 0) as known,
        coalesce(sum(case when g.weakness is null then cast(s.share * s.share as decimal(38, 18)) end), 0) as unknown,
        coalesce(sum(case when g.weakness is null then cast(s.share as decimal(38, 18)) end), 0) as unknown_share,
        case when count(g.weakness) = count(g.weakness_error) then
            sqrt(cast(sum(cast(power(s.share * s.share * g.weakness_error, 2) as decimal(38, 18))) as double))
        end as error
    from (
        select
            dependent,
            period,
            product,
            supplier,
            value_usd / cast(sum(value_usd) over (partition by dependent, period, product) as double) as share
        from imports
        where period in (select period from years)
    ) as s
    left join governance_at as g on g.economy = s.supplier and g.period = s.period
    group by s.dependent, s.period, s.product
) as weighed
order by dependent, product, period

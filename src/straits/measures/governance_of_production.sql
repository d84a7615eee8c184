-- question: How concentrated is mine production on badly governed producers?
-- formula: HHI-WGI = sum over producers of share^2 * g; low and high: producers without an indicator at g = 0 and 1
-- unit: 0 to 1 (times 10 gives the scale of the EU method)
-- source: EU criticality method (Blengini et al. 2017), global supply
-- inputs: producers, governance_at
select
    'world' as region,
    period,
    material as subject,
    case when unknown_share = 0 then low end as hhi_governance,
    low as hhi_governance_low,
    high as hhi_governance_high,
    standard_error,
    unknown_share
from (
    select
        p.period,
        p.material,
        cast(sum(cast(p.share_of_world * p.share_of_world * coalesce(g.weakness, 0) as decimal(38, 18))) as double) as low,
        cast(sum(cast(p.share_of_world * p.share_of_world * coalesce(g.weakness, 1) as decimal(38, 18))) as double) as high,
        case when count(g.weakness) = count(g.weakness_error) then
            sqrt(cast(sum(cast(power(p.share_of_world * p.share_of_world * g.weakness_error, 2) as decimal(38, 18))) as double))
        end as standard_error,
        cast(sum(case when g.weakness is null then cast(p.share_of_world as decimal(38, 18)) else 0 end) as double)
            as unknown_share
    from producers as p
    left join governance_at as g on g.economy = p.economy and g.period = p.period
    group by p.period, p.material
) as weighed
order by material, period

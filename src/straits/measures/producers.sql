-- question: Who produces a material, and with what share?
-- formula: production of economy / sum over economies that report or are estimated; a missing year is missing
-- unit: quantity in the unit of the series; share 0 to 1
-- source: canonical table production
-- inputs: production, series, years
select
    p.material,
    p.period,
    p.economy,
    p.quantity,
    p.unit,
    p.reported_or_estimated,
    p.quantity
        / nullif(cast(sum(cast(p.quantity as decimal(38, 6))) over (partition by p.material, p.period) as double), 0)
        as share_of_world
from production as p
where p.material in (select material from series)
  and p.period in (select period from years)
  and p.quantity is not null
order by p.material, p.period, p.quantity desc, p.economy
